"""Pages of any collection."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from adapters.records.changes import Row
from application.shared.pages import Direction, NumberedPage, NumberedRequest, Page, PageRequest, Position, Sort

T = TypeVar("T")


def page_of(rows: Iterable[Row], request: PageRequest, view: Callable[[Row], T]) -> Page[T]:
    """Return the page that is asked for, in the order of its sort."""
    here, came_from = request.position, request.position is not None
    forward = request.direction is Direction.FORWARD
    place = partial(_position, request.sort)
    falling = request.sort.descending is forward
    ahead = (row for row in rows if here is None or (place(row) < here if falling else place(row) > here))
    turned = sorted(ahead, key=place, reverse=falling)
    more = len(turned) > request.limit
    shown = turned[: request.limit] if forward else turned[: request.limit][::-1]
    return Page(
        items=tuple(view(row) for row in shown),
        has_next=more if forward else came_from,
        has_previous=came_from if forward else more,
        start=place(shown[0]) if shown else None,
        end=place(shown[-1]) if shown else None,
    )


def numbered_page_of(rows: Iterable[Row], request: NumberedRequest, view: Callable[[Row], T]) -> NumberedPage[T]:
    """Return the page with the number that is asked for."""
    turned = sorted(rows, key=partial(_position, request.sort), reverse=request.sort.descending)
    start = request.size * (request.number - 1)
    items = tuple(view(row) for row in turned[start : start + request.size])
    return NumberedPage(items=items, request=request, total_count=len(turned))


def _position(sort: Sort, row: Row) -> Position:
    return row[sort.by], row["id"]
