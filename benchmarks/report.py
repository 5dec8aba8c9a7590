"""What is shown of a run: a table of goals, one of all figures, the JSON, and a plot."""

import os
import platform
from collections.abc import Mapping, Sequence
from html import escape
from importlib.metadata import version
from math import log10
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.rounds import Medians

PACKAGES: Final = ("litestar", "msgspec", "sqlalchemy", "asyncpg", "uvicorn", "uvloop", "joserfc", "dishka")
FIGURES: Final = ("per_second", "p50_ms", "p99_ms", "app_us", "database_us", "load_us", "statements")

Judged = Mapping[str, Any]


def show(goals: Sequence[Judged], medians: Medians, console: Console) -> None:
    figures = Table(
        "server", "workload", "a second", "p50 ms", "p99 ms", "app µs", "database µs", "load µs", "statements"
    )
    for (server, workload), _ in sorted(medians.cells.items()):
        shown = [medians(server, workload, figure) for figure in FIGURES]
        figures.add_row(server, workload, *("–" if one is None else f"{one:g}" for one in shown))
    console.print(figures)
    table = Table("goal", "what", "figure", "target", "holds")
    for goal in goals:
        holds = {True: "[green]yes[/green]", False: "[red]no[/red]", None: "[dim]not measured[/dim]"}[goal["holds"]]
        figure = "–" if goal["figure"] is None else f"{goal['figure']:g}"
        table.add_row(goal["goal"], goal["what"], figure, goal["target"], holds)
    console.print(table)


def versions(postgres: str, node: str | None) -> dict[str, str]:
    found = {name: version(name) for name in PACKAGES}
    return {"python": platform.python_version(), "postgresql": postgres, **({"node": node} if node else {}), **found}


def machine() -> dict[str, Any]:
    """What is under all of it, without its name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    system = f"{platform.system()} {platform.machine()}"
    return {"processor": model, "cores": os.cpu_count(), "memory_gib": round(pages / 2**30), "system": system}


WIDTH: Final = 860
ROW: Final = 22
LEFT: Final = 400
DECADES: Final = 1.2
"""How far a bar can lie on either side of its target: a factor of 10 ** 1.2, or 16."""


def plot(goals: Sequence[Judged], title: str) -> str:
    """Return an SVG: each goal's figure by its target, on a logarithmic scale; to the right of the line is reached."""
    shown = [goal for goal in goals if goal["figure"]]
    height = ROW * len(shown) + 64
    middle = LEFT + (WIDTH - LEFT) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif"',
        '  font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="12" y="22" font-size="14" font-weight="bold">{escape(title)}</text>',
        f'<text x="{middle + 6}" y="42" fill="#444">target reached →</text>',
    ]
    for place, goal in enumerate(shown):
        parts += _bar(goal, 52 + place * ROW, middle)
    line = f'<line x1="{middle}" x2="{middle}" y1="34" y2="{height - 8}" stroke="#222" stroke-dasharray="3 3"/>'
    return "\n".join([*parts, line, "</svg>", ""])


def _bar(goal: Judged, top: float, middle: float) -> list[str]:
    most, target = goal["target"].split(" ")
    share = float(target) / goal["figure"] if most == "≤" else goal["figure"] / float(target)
    reach = max(-1.0, min(1.0, log10(share) / DECADES)) * (WIDTH - middle - 60)
    colour = "#2a7d4f" if goal["holds"] else "#b3372f"
    x = min(middle, middle + reach)
    label = f"{goal['figure']:g} ({goal['target']})"
    said = middle + reach + 6 if reach >= 0 else middle + 6
    return [
        f'<text x="{LEFT - 10}" y="{top + 13}" text-anchor="end">{escape(goal["goal"])} {escape(goal["what"])}</text>',
        f'<rect x="{x:.1f}" y="{top + 3}" width="{max(abs(reach), 1):.1f}" height="{ROW - 9}" fill="{colour}"/>',
        f'<text x="{said:.1f}" y="{top + 13}" fill="#444">{escape(label)}</text>',
    ]
