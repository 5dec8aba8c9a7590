"""Draws who imports whom, from the imports themselves: floors as boxes, rooms in them, arrows down and sideways."""

from collections import defaultdict
from typing import Final

FLOORS: Final = ("entrypoints", "adapters", "application", "domain")
"""From the top down."""

UPPER: Final = ("entrypoints", "adapters")
"""Floors whose rooms are drawn with arrows to whole floors: each of them uses most of what lies below."""


def dependency_drawing() -> str:
    """Return a Mermaid flowchart of the packages under `src`."""
    rooms, arrows = _measured()
    lines = ["flowchart TB"]
    for floor in FLOORS:
        lines += [f"    subgraph {floor}", *(f"        {_node(room)}" for room in sorted(rooms[floor])), "    end"]
    return "\n".join([*lines, *(f"    {source} --> {target}" for source, target in sorted(arrows))]) + "\n"


def _measured() -> tuple[dict[str, set[str]], set[tuple[str, str]]]:
    import grimp  # noqa: PLC0415 - a development tool: serving does without it

    graph = grimp.build_graph(*FLOORS)
    packages = {module for module in graph.modules if graph.find_children(module)}
    rooms: dict[str, set[str]] = defaultdict(set)
    arrows: set[tuple[str, str]] = set()
    for module in graph.modules - set(FLOORS):
        source = _room(module, packages)
        rooms[source.partition(".")[0]].add(source)
        for imported in graph.find_modules_directly_imported_by(module):
            target = _room(imported, packages)
            rooms[target.partition(".")[0]].add(target)
            if source != target:
                arrows.add(_arrow(source, target))
    return {floor: {room for room in rooms[floor] if "." in room} for floor in FLOORS}, arrows


def _room(module: str, packages: set[str]) -> str:
    """`adapters.http.orders` lies in `adapters.http`; a module right on its floor lies in the floor's own room."""
    floor, _, rest = module.partition(".")
    room = f"{floor}.{rest.partition('.')[0]}"
    return room if room in packages else f"{floor}.own"


def _arrow(source: str, target: str) -> tuple[str, str]:
    above, below = source.partition(".")[0], target.partition(".")[0]
    if above == below or above not in UPPER:
        return source, target
    return (above if above == "entrypoints" else source), below


def _node(room: str) -> str:
    floor, _, name = room.partition(".")
    return f'{room}["{floor if name == "own" else name}"]'
