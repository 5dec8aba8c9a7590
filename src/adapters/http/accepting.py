"""What a client is ready to read (RFC 9110, section 12.5.1), held against what an operation answers with."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_RANGE: Final = re.compile(r"\s*([\w!#$&^.+*-]+)/([\w!#$&^.+*-]+)\s*((?:;[^,]*)?)", re.ASCII)
_WEIGHT: Final = re.compile(r";\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.IGNORECASE)


@lru_cache(maxsize=256)
def accepts(header: str, offered: tuple[str, ...]) -> bool:
    """Say whether one of the media types will do. What is no media range says nothing; nothing said, all will do."""
    ranges = list(_ranges(header))
    return not ranges or any(_wanted(media, ranges) for media in offered)


def _ranges(header: str) -> Iterator[tuple[str, str, float]]:
    """Yield type, subtype and weight of every media range."""
    for part in header.lower().split(","):
        if found := _RANGE.fullmatch(part):
            weight = _WEIGHT.search(found[3])
            yield found[1], found[2], float(weight[1]) if weight else 1.0


def _wanted(media: str, ranges: list[tuple[str, str, float]]) -> bool:
    """The most specific range that names it decides; a weight of 0 says no."""
    kind, _, subtype = media.partition("/")
    if kind == "*":
        return True
    for exact in ((kind, subtype), (kind, "*"), ("*", "*")):
        if weights := [weight for *named, weight in ranges if tuple(named) == exact]:
            return max(weights) > 0
    return False
