"""The dependency drawing in short, as the README shows it."""

import re
from collections import defaultdict
from typing import Final

_ROOM: Final = re.compile(r'^        (\w+)\.(\w+)\["\w+"\]$', re.MULTILINE)
_ARROW: Final = re.compile(r"^    (\w+)(?:\.(\w+))? --> (\w+)(?:\.(\w+))?$", re.MULTILINE)


def in_short(whole: str) -> str:
    """Draw each floor as one box that names its rooms, and one arrow for all arrows between two floors.

    Of the adapters, rooms that use each other are drawn apart. Modules right on a floor are no room.
    """
    rooms: dict[str, list[str]] = defaultdict(list)
    for floor, room in _ROOM.findall(whole):
        rooms[floor] += [] if room == "own" else [room]
    arrows = _ARROW.findall(whole)
    down = sorted({(above, below) for above, _, below, _ in arrows if above != below})
    sideways = sorted((room, used) for above, room, below, used in arrows if above == below == "adapters")
    apart = {room for pair in sideways for room in pair}
    lines = ["flowchart TB"]
    for floor, names in rooms.items():
        if floor == "adapters":
            alone = [name for name in names if name not in apart]
            lines += [f"    subgraph {floor}", f'        alone["{" · ".join(alone)}"]']
            lines += [*(f"        {room} --> {used}" for room, used in sideways), "    end"]
        else:
            lines.append(f'    {floor}["{"<br/>".join([floor, " · ".join(names)]) if names else floor}"]')
    return "\n".join([*lines, *(f"    {above} --> {below}" for above, below in down)]) + "\n"
