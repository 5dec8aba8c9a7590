"""One page of any collection by position: one index scan of a page's length, however deep."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Table,
    Text,
    Uuid,
    bindparam,
    select,
    true,
    tuple_,
)
from sqlalchemy.types import TypeEngine

from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.schema import INSTANT
from application.shared.pages import NEWEST, Direction, Page, PageRequest, Position, Sort

T = TypeVar("T")
Place = tuple[ColumnElement[Any], ...]
"""The columns of what rows are sorted by, and of their ids, unless no two rows are equal without them."""

OWNER: Final = "owner"
"""The id of the one thing that all on a page belongs to."""

_TYPES: Final[Mapping[type, TypeEngine[Any]]] = {datetime: INSTANT, int: BigInteger(), str: Text()}
"""What can be sorted by."""


async def page(
    pool: TenantPool,
    organization: UUID,
    select: Callable[[Direction, bool], Statement],
    values: Mapping[str, object],
    request: PageRequest,
    view: Callable[[asyncpg.Record], T],
) -> Page[T]:
    """Read a page. `select` gives the statement for a direction, with or without a position (see `turned`)."""
    return cut(await fetched(pool, organization, select, values, request), request, view)


async def fetched(
    pool: TenantPool,
    organization: UUID,
    select: Callable[[Direction, bool], Statement],
    values: Mapping[str, object],
    request: PageRequest,
) -> list[asyncpg.Record]:
    """Read the rows of a page, and one more."""
    at = dict(zip(("at", "after"), request.position or (), strict=False))
    statement = select(request.direction, request.position is not None)
    async with pool.serving(organization) as connection:
        return await statement.fetch(connection, {PARAMETER: organization, "rows": request.limit + 1, **values, **at})


def cut(found: list[asyncpg.Record], request: PageRequest, view: Callable[[asyncpg.Record], T]) -> Page[T]:
    """Make the page of the rows that were read for it."""
    forward = request.direction is Direction.FORWARD
    more, came_from = len(found) > request.limit, request.position is not None
    kept = found[: request.limit] if forward else found[: request.limit][::-1]
    return Page(
        items=tuple(view(record) for record in kept),
        has_next=more if forward else came_from,
        has_previous=came_from if forward else more,
        start=_position(kept[0], request.sort) if kept else None,
        end=_position(kept[-1], request.sort) if kept else None,
    )


def turned(
    rows: Select[Any], table: FromClause, direction: Direction, *, positioned: bool, sort: Sort = NEWEST
) -> Statement:
    """Order the rows for a direction, begin behind the position, and read one row more than the page has."""
    return compiled(ordered(rows, (table.c[sort.by], table.c.id), direction, positioned=positioned, sort=sort))


def ordered(rows: Select[Any], place: Place, direction: Direction, *, positioned: bool, sort: Sort) -> Select[Any]:
    """The same for rows whose `place` (what they are sorted by, and their id) stands in columns of any name."""
    falling = _falling(sort, direction)
    if positioned:
        binds = bindparam("at", type_=_TYPES[sort.kind]), bindparam("after", type_=Uuid())
        here = tuple_(*binds[: len(place)])
        rows = rows.where(tuple_(*place) < here if falling else tuple_(*place) > here)
    return in_order(rows, place, falling=falling).limit(bindparam("rows", type_=BigInteger()))


def belonging(
    owner: Table,
    shown: tuple[str, ...],
    rows: Select[Any],
    place: Place,
    direction: Direction,
    *,
    positioned: bool,
    sort: Sort,
) -> Statement:
    """The page of what belongs to one thing, beside that thing (its columns as `owner_…`): no row where there is none,
    and one without an `id` where nothing is on the page. Both parameters are called `owner`.
    """
    page = ordered(rows, place, direction, positioned=positioned, sort=sort).subquery("page")
    columns = [owner.c[name].label(f"owner_{name}") for name in shown]
    both = select(*columns, *page.c).select_from(owner.outerjoin(page, true()))
    this = both.where(of_organization(owner), owner.c.id == bindparam(OWNER, type_=Uuid()))
    return compiled(in_order(this, tuple(page.c[c.name] for c in place), falling=_falling(sort, direction)))


def in_order(rows: Select[Any], place: Place, *, falling: bool) -> Select[Any]:
    return rows.order_by(*(column.desc() if falling else column.asc() for column in place))


def _falling(sort: Sort, direction: Direction) -> bool:
    return sort.descending is (direction is Direction.FORWARD)


def _position(record: asyncpg.Record, sort: Sort) -> Position:
    return record[sort.by], record["id"]
