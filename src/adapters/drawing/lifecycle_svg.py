"""A lifecycle as SVG that stands alone: light or dark as its reader likes it, no font or style from outside."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from adapters.drawing.layout import Arrow, Cell, arrows, cells
from domain.shared.machine import Machine

WIDTH: Final = 118
HEIGHT: Final = 46
"""Pixels of a state."""

LETTER: Final = 6.6
"""Pixels of a letter of a label, on average."""

LINE: Final = 15
"""Pixels from one line of a label to the next."""

MARGIN: Final = 34
FALL: Final = 122
"""Pixels from one row to the next."""

_STYLE: Final = """
    .page { fill: #ffffff; stroke: #e3e6ea }
    .state { fill: #eaf3f4; stroke: #2f6f7e; stroke-width: 1.5 }
    .final { fill: #f1f2f4; stroke: #6b7280 }
    .ring { fill: none; stroke: #6b7280; stroke-width: 1 }
    .name { fill: #17313a; font-size: 14.5px; font-weight: 600 }
    .arrow { fill: none; stroke: #7b8794; stroke-width: 1.5 }
    .head, .start { fill: #7b8794 }
    .action { fill: #374151; stroke: #ffffff; font-size: 12.5px }
    .own { fill: #8a929e; font-style: italic }
    text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
    .action { stroke-width: 5; stroke-linejoin: round; paint-order: stroke }
    @media (prefers-color-scheme: dark) {
      .page { fill: #15181d; stroke: #2a2f37 }
      .state { fill: #17303a; stroke: #6fb3c2 }
      .final { fill: #22262d; stroke: #9aa3af }
      .ring { stroke: #9aa3af }
      .name { fill: #e6f1f4 }
      .arrow { stroke: #87919e }
      .head, .start { fill: #87919e }
      .action { fill: #d4d9e0; stroke: #15181d }
      .own { fill: #929ba7 }
    }"""


_HEAD: Final = (
    '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
    'markerUnits="userSpaceOnUse" orient="auto"><path class="head" d="M0 0.8 10 5 0 9.2 2.4 5z"/></marker></defs>'
)


@dataclass(frozen=True, slots=True)
class Box:
    """Where a state is drawn, by its middle."""

    x: float
    y: float

    @property
    def left(self) -> float:
        return self.x - WIDTH / 2

    @property
    def right(self) -> float:
        return self.x + WIDTH / 2

    @property
    def top(self) -> float:
        return self.y - HEIGHT / 2

    @property
    def bottom(self) -> float:
        return self.y + HEIGHT / 2


@dataclass(frozen=True, slots=True)
class Stroke:
    """How one arrow is drawn: its path, and the point that its label stands above, beside or below."""

    path: str
    x: float
    y: float
    anchor: str = "middle"
    upwards: bool = True


def svg(machine: Machine[Any, Any]) -> str:
    """Return the whole table as a drawing: ringed states are final, italic actions are the house's own."""
    drawn, grid = arrows(machine), cells(machine)
    gap = max(_width(arrow) for arrow in drawn if arrow.source != arrow.target) + 34
    above = max((len(arrow.actions) * LINE + 42 for arrow in drawn if arrow.source == arrow.target), default=LINE)
    boxes = {state: _box(cell, gap, MARGIN + above) for state, cell in grid.items()}
    below = max((_drop(grid, arrow) for arrow in drawn), default=0.0)
    width = max(box.right for box in boxes.values()) + MARGIN
    height = max(*(box.bottom for box in boxes.values()), boxes[machine.initial].bottom + below) + MARGIN
    own = {action for _, action in machine.table if getattr(action, "verb", action) is None}
    parts = (
        f'<rect class="page" x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="14"/>',
        *_entrance(boxes[machine.initial]),
        *(_arrow(arrow, _stroke(arrow, grid, boxes), own) for arrow in drawn),
        *(_state(state, box, final=state in machine.final) for state, box in boxes.items()),
    )
    return _document(machine.name, width, height, parts)


def _document(name: str, width: float, height: float, parts: Iterable[str]) -> str:
    title = f"The lifecycle of {'an' if name[0] in 'aeiou' else 'a'} {escape(name)}"
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{title}">',
            f"  <title>{title}</title>",
            f"  <style>{_STYLE}\n  </style>",
            f"  {_HEAD}",
            *(f"  {part}" for part in parts),
            "</svg>\n",
        ]
    )


def _box(cell: Cell, gap: float, top: float) -> Box:
    x = MARGIN + 40 + WIDTH / 2 + cell.column * (WIDTH + gap)
    return Box(x, top + HEIGHT / 2 + cell.row * FALL)


def _entrance(box: Box) -> tuple[str, str]:
    start = box.left - 40
    return (
        f'<circle class="start" cx="{start:g}" cy="{box.y:g}" r="5.5"/>',
        f'<path class="arrow" d="M{start + 6:g} {box.y:g}H{box.left - 1.5:g}" marker-end="url(#head)"/>',
    )


def _state(name: str, box: Box, *, final: bool) -> str:
    look = "state final" if final else "state"
    inside = f'x="{box.left + 4:g}" y="{box.top + 4:g}" width="{WIDTH - 8}" height="{HEIGHT - 8}"'
    ring = f'<rect class="ring" {inside} rx="8"/>' if final else ""
    return (
        f'<rect class="{look}" x="{box.left:g}" y="{box.top:g}" width="{WIDTH}" height="{HEIGHT}" rx="11"/>{ring}'
        f'<text class="name" x="{box.x:g}" y="{box.y + 5:g}" text-anchor="middle">{escape(name)}</text>'
    )


def _arrow(arrow: Arrow, stroke: Stroke, own: set[Any]) -> str:
    lines = len(arrow.actions)
    first = stroke.y - (lines - 1) * LINE if stroke.upwards else stroke.y
    labels = "".join(
        f'<text class="action{" own" if action in own else ""}" x="{stroke.x:g}" y="{first + i * LINE:g}" '
        f'text-anchor="{stroke.anchor}">{escape(action.replace("_", " "))}</text>'
        for i, action in enumerate(arrow.actions)
    )
    return f'<path class="arrow" d="{stroke.path}" marker-end="url(#head)"/>{labels}'


def _stroke(arrow: Arrow, grid: dict[str, Cell], boxes: dict[str, Box]) -> Stroke:
    """Choose how to go: around itself, straight on, in an arc below the story, or down to a way out."""
    a, b = boxes[arrow.source], boxes[arrow.target]
    start, end = grid[arrow.source], grid[arrow.target]
    if start == end:
        return _loop(a)
    if start.row == end.row and end.column == start.column + 1:
        return Stroke(f"M{a.right:g} {a.y:g}H{b.left - 1.5:g}", (a.right + b.left) / 2, a.y - 8)
    if start.row == end.row:
        return _arc(a, b, _drop(grid, arrow) - 2 * LINE)
    if start.column == end.column:
        return _fall(a, b)
    return _bend(a, b)


def _loop(box: Box) -> Stroke:
    reach = box.top - 40
    curve = f"C{box.x - 40:g} {reach:g} {box.x + 40:g} {reach:g} {box.x + 17:g} {box.top - 1.5:g}"
    path = f"M{box.x - 17:g} {box.top:g}{curve}"
    return Stroke(path, box.x, box.top - 38)


def _arc(a: Box, b: Box, drop: float) -> Stroke:
    """From the foot of one state to the foot of another, below everything between them."""
    deep = a.bottom + drop * 4 / 3
    turn = min(abs(b.x - a.x) * 0.3, 90)
    side = 1 if b.x > a.x else -1
    start, end = a.x + side * 14, b.x - side * 14
    path = (
        f"M{start:g} {a.bottom:g}C{start + side * turn:g} {deep:g} {end - side * turn:g} {deep:g} "
        f"{end:g} {b.bottom + 1.5:g}"
    )
    return Stroke(path, (a.x + b.x) / 2, a.bottom + drop + LINE + 3, upwards=False)


def _fall(a: Box, b: Box) -> Stroke:
    down = b.y > a.y
    start, end = (a.bottom, b.top - 1.5) if down else (a.top, b.bottom + 1.5)
    return Stroke(f"M{a.x:g} {start:g}V{end:g}", a.x + 10, (a.bottom + b.top) / 2 + 4, "start", upwards=False)


def _bend(a: Box, b: Box) -> Stroke:
    """Down from the foot of one state and into the side of another."""
    foot, side = (b.left - 1.5, -1) if b.x > a.x else (b.right + 1.5, 1)
    path = f"M{a.x:g} {a.bottom:g}C{a.x:g} {b.y - 6:g} {a.x - side * 40:g} {b.y:g} {foot:g} {b.y:g}"
    return Stroke(path, a.x - 12, a.bottom + (b.y - a.bottom) * 0.42, "end", upwards=False)


def _drop(grid: dict[str, Cell], arrow: Arrow) -> float:
    """Return how far an arc hangs below its row, its label included; 0 for what is no arc."""
    start, end = grid[arrow.source], grid[arrow.target]
    span = end.column - start.column
    if start.row != end.row or span in {0, 1}:
        return 0
    return 34 + 14 * abs(span) + (len(arrow.actions) + 1) * LINE


def _width(arrow: Arrow) -> float:
    return max(len(action) for action in arrow.actions) * LETTER
