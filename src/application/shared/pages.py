"""Pages of a collection by position: the cost of a page does not depend on how far one has walked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Generic, Self, TypeVar

T = TypeVar("T")

Position = tuple[object, ...]
"""Where an element stands: the values that the collection is sorted by, its id last."""

MAX_LIMIT: Final = 100
DEFAULT_LIMIT: Final = 20


class Direction(StrEnum):
    FORWARD = "forward"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True)
class Sort:
    """What a collection is sorted by: a fact of its elements that is never null (its name, and what `kind` of value it
    is), and among equal ones their ids. Both rise, or both fall.
    """

    by: str
    kind: type
    descending: bool = False


NEWEST: Final = Sort("created_at", datetime, descending=True)
"""How every collection is sorted that does not say otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """`limit` elements (1 … 100) after `position`, or the ones that end before it.

    Without a position: the first page, or, backward, the last. The elements always come in the order of `sort`.
    """

    sort: Sort = NEWEST
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

    @classmethod
    def empty(cls) -> Self:
        """A page with nothing on it, and nothing beside it."""
        return cls(items=(), has_next=False, has_previous=False, start=None, end=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedRequest:
    """The page of this `number` (1 …), where each has `size` elements (1 … 100): its cost grows with its number."""

    sort: Sort = NEWEST
    number: int = 1
    size: int = DEFAULT_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedPage(Generic[T]):
    """The elements of the page that was asked for, none beyond the last one, and how many there are in all."""

    items: tuple[T, ...]
    request: NumberedRequest
    total_count: int

    @property
    def total_pages(self) -> int:
        return -(-self.total_count // self.request.size)

    @property
    def has_next(self) -> bool:
        return self.request.number < self.total_pages

    @property
    def has_previous(self) -> bool:
        """Whether there is a page with a smaller number: beyond the end, too, if there is anything at all."""
        return self.request.number > 1 and self.total_pages > 0
