"""Pages of any collection that is shown newest first."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from adapters.records.changes import Row
from application.shared.pages import Direction, Page, PageRequest, Position

T = TypeVar("T")


def page_of(rows: Iterable[Row], request: PageRequest, view: Callable[[Row], T]) -> Page[T]:
    """Return the page that is asked for, newest first by `(created_at, id)`."""
    ordered = sorted(rows, key=_position, reverse=True)
    came_from = request.position is not None
    if request.direction is Direction.FORWARD:
        ahead = [row for row in ordered if request.position is None or _position(row) < request.position]
        shown, more = ahead[: request.limit], len(ahead) > request.limit
        return _page(shown, view, has_next=more, has_previous=came_from)
    behind = [row for row in ordered if request.position is None or _position(row) > request.position]
    shown, more = behind[-request.limit :], len(behind) > request.limit
    return _page(shown, view, has_next=came_from, has_previous=more)


def _page(rows: list[Row], view: Callable[[Row], T], *, has_next: bool, has_previous: bool) -> Page[T]:
    return Page(
        items=tuple(view(row) for row in rows),
        has_next=has_next,
        has_previous=has_previous,
        start=_position(rows[0]) if rows else None,
        end=_position(rows[-1]) if rows else None,
    )


def _position(row: Row) -> Position:
    return row["created_at"], row["id"]
