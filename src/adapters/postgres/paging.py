"""One page of any collection, newest first, by position: one index scan of a page's length, however deep."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Select, Table, Uuid, bindparam, tuple_

from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER
from adapters.records.schema import INSTANT
from application.shared.pages import Direction, Page, PageRequest, Position

T = TypeVar("T")


async def page(
    pool: TenantPool,
    organization: UUID,
    select: Callable[[Direction, bool], Statement],
    values: Mapping[str, object],
    request: PageRequest,
    view: Callable[[asyncpg.Record], T],
) -> Page[T]:
    """Read a page. `select` gives the statement for a direction, with or without a position (see `turned`)."""
    forward = request.direction is Direction.FORWARD
    at = dict(zip(("at", "after"), request.position or (), strict=False))
    statement = select(request.direction, request.position is not None)
    async with pool.serving(organization) as connection:
        found = await statement.fetch(connection, {PARAMETER: organization, "rows": request.limit + 1, **values, **at})
    more, came_from = len(found) > request.limit, request.position is not None
    kept = found[: request.limit] if forward else found[: request.limit][::-1]
    return Page(
        items=tuple(view(record) for record in kept),
        has_next=more if forward else came_from,
        has_previous=came_from if forward else more,
        start=_position(kept[0]) if kept else None,
        end=_position(kept[-1]) if kept else None,
    )


def turned(rows: Select[Any], table: Table, direction: Direction, *, positioned: bool) -> Statement:
    """Order the rows for a direction, begin behind the position, and read one row more than the page has."""
    place = (table.c.created_at, table.c.id)
    forward = direction is Direction.FORWARD
    if positioned:
        here = tuple_(bindparam("at", type_=INSTANT), bindparam("after", type_=Uuid()))
        rows = rows.where(tuple_(*place) < here if forward else tuple_(*place) > here)
    ordered = rows.order_by(*(column.desc() if forward else column.asc() for column in place))
    return compiled(ordered.limit(bindparam("rows", type_=BigInteger())))


def _position(record: asyncpg.Record) -> Position:
    return record["created_at"], record["id"]
