"""Changes as ONE statement: lock and check what is touched, then write everything, or nothing.

    held      whether every lock that is asked for by name is ours now, until this is over; nobody waits for one
    locked    the rows to be written or awaited, in one order everywhere, with all that must still be true of them
    go        one row if the locks are held and every touched row was found as it should be, else none
    writes    updates, inserts and events, each FROM go

A statement is written once for each shape, from the tables of `records`; PostgreSQL prepares each shape once a
connection. It runs without BEGIN: what it wrote is durable when it returns.
"""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    Insert,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    true,
)

from adapters.postgres.given import Given
from adapters.postgres.shapes import InsertShape, Shape, grouped
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.touching import Touching
from adapters.postgres.wall import PARAMETER, organization
from adapters.records.changes import Changes
from adapters.records.schema import metadata, tenant_column

SHAPES: Final = 512
"""How many plans are remembered. A service has some dozens: a verb has one or two shapes."""

LOCKS: Final = "locks"


class Flushed(Enum):
    """What became of changes."""

    WRITTEN = "written"
    OUTDATED = "a guard did not hold, and nothing was written"
    LOCKED = "somebody else holds a lock, and nothing was written"


async def flush(connection: asyncpg.Connection, served: UUID, changes: Changes) -> Flushed:
    """Carry the changes out: all of them, or nothing."""
    wanted = grouped(changes)
    plan = _plan(wanted.shape)
    values: dict[str, object] = {PARAMETER: served}
    for touching, rows in zip(plan.touches, wanted.touches, strict=True):
        values |= {touching.rows.key: len(rows), **touching.given.values(rows)}
    for given, rows in zip(plan.inserts, wanted.inserts, strict=True):
        values |= given.values(rows)
    if wanted.locks:
        values[LOCKS] = wanted.locks
    ((gone, held),) = await plan.statement.fetch(connection, values)
    return Flushed.WRITTEN if gone else Flushed.OUTDATED if held else Flushed.LOCKED


@dataclass(frozen=True, slots=True)
class Plan:
    """The statement for one shape, and who names its parameters."""

    statement: Statement
    touches: tuple[Touching, ...]
    inserts: tuple[Given, ...]


@lru_cache(maxsize=SHAPES)
def _plan(shape: Shape) -> Plan:
    touches = tuple(Touching(place, touch) for place, touch in enumerate(shape.touches))
    held = _held() if shape.locks else true()
    before = held
    for touching in touches:
        if touching.shape.writes or touching.shape.awaited:
            touching.lock(after=before)
            before = touching.holds
    go = select(literal_column("1").label("go")).where(held, *(touch.holds for touch in touches)).cte("go")
    given = tuple(_given(place, group) for place, group in enumerate(shape.inserts))
    writes = [write for touching in touches if touching.shape.writes for write in touching.writes(go)]
    writes += [_insertion(group, values, go) for group, values in zip(shape.inserts, given, strict=True)]
    gone = select(select(func.count() > literal_column("0")).select_from(go).scalar_subquery(), held)
    statement = gone.add_cte(*(write.cte(f"write_{place}") for place, write in enumerate(writes)))
    return Plan(compiled(statement), touches, given)


def _held() -> ColumnElement[bool]:
    """Whether all locks are ours. They are tried once, however often this is asked, and given back with the end of the
    transaction."""
    names = func.unnest(bindparam(LOCKS, type_=ARRAY(BigInteger()))).column_valued("name")
    held = select(func.bool_and(func.pg_try_advisory_xact_lock(names)).label("held")).cte("held")
    return select(held.c.held).scalar_subquery()


def _given(place: int, group: InsertShape) -> Given:
    columns = metadata.tables[group.table].c
    return Given(f"i{place}", {name: columns[name].type for name in group.columns}, many=group.many)


def _insertion(group: InsertShape, given: Given, go: CTE) -> Insert:
    rows = select(organization(), *(given[name] for name in group.columns)).select_from(go, *given.froms)
    return insert(metadata.tables[group.table]).from_select([tenant_column(group.table), *group.columns], rows)
