"""Pages of a collection by position: the cost of a page does not depend on how far one has walked."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

T = TypeVar("T")

Position = tuple[object, ...]
"""Where an element stands: the values that the collection is sorted by, its id last."""

MAX_LIMIT: Final = 100
DEFAULT_LIMIT: Final = 20


class Direction(StrEnum):
    FORWARD = "forward"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """`limit` elements (1 … 100) after `position`, or the ones that end before it.

    Without a position: the first page, or, backward, the last. The elements always come in the order of the collection.
    """

    limit: int = DEFAULT_LIMIT
    direction: Direction = Direction.FORWARD
    position: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Elements in the order of the collection; `start` and `end` are the positions of its first and last one."""

    items: tuple[T, ...]
    has_next: bool
    has_previous: bool
    start: Position | None
    end: Position | None
