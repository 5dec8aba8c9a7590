"""Rows by the thousand in one transaction: copied to the side, where no wall stands, then moved in behind it.

PostgreSQL refuses to COPY into a table under row-level security. A temporary table has none, and from there the rows
go in as `orderwright_app`, so that wall, foreign keys and checks hold for them as for any others.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Protocol, Self
from uuid import UUID

from sqlalchemy import Insert, column, insert, literal_column, select, table

from adapters.postgres.flush import Flushed, flush
from adapters.postgres.roles import APP, OWNER
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_connection import TenantConnection
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER, organization
from adapters.records.carried_out import Counted, Group, Groups
from adapters.records.changes import Changes, Touch
from adapters.records.schema import metadata, own_key, tenant_column
from adapters.records.stock_records import STOCK_BOUNDS

UNHURRIED: Final = (
    "SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '10s'; SET LOCAL synchronous_commit = off"
)
"""Nobody waits for an answer, and whoever loses the last rows in a crash can make others."""


GUARDS: Final = {
    "orders": ("orders_lifecycle",),
    "order_lines": ("order_lines_made",),
    "shipment_lines": ("shipment_lines_made",),
    "return_lines": ("return_lines_made",),
    "payments": ("payments_lifecycle",),
}
"""By table: the triggers that take an order to begin at its beginning."""


class Counting(Protocol):
    """Something whose rows add to the counters of other rows."""

    counted: Counted


@dataclass(slots=True)
class Batch:
    """Rows to be written together, parents before children, and what they add to counters of rows that are there."""

    rows: Groups = field(default_factory=dict)
    counted: Counted = field(default_factory=dict)

    @classmethod
    def of(cls, things: Iterable[tuple[Counting, Groups]]) -> Self:
        batch = cls()
        for thing, rows in things:
            for group, some in rows.items():
                batch.rows.setdefault(group, []).extend(some)
            for where, by in thing.counted.items():
                sums = batch.counted.setdefault(where, dict.fromkeys(by, 0))
                for name, n in by.items():
                    sums[name] += n
        return batch

    @property
    def counting(self) -> Changes:
        return Changes.of(
            Touch(table=name, key=dict(zip(own_key(name), key, strict=True)), by=by, bounds=STOCK_BOUNDS)
            for (name, key), by in self.counted.items()
        )


async def written(pool: TenantPool, served: UUID, batch: Batch) -> None:
    """Write all of it, or nothing. Raises: Outdated, Taken; RuntimeError, when a counter would leave its bounds."""
    async with pool.serving(served) as connection, _unhurried(connection):
        for place, ((name, columns), rows) in enumerate(batch.rows.items()):
            like = f"SELECT {', '.join(columns)} FROM {name} WITH NO DATA"  # noqa: S608 - names from `tables`
            await connection.execute(f"CREATE TEMPORARY TABLE {_aside(place)} ON COMMIT DROP AS {like}")
            await connection.copy_records_to_table(_aside(place), records=rows, columns=columns)
        async with _any_state(connection):
            await _moving(tuple(batch.rows)).fetch(connection, {PARAMETER: served})
        counting = batch.counting
        if counting and await flush(connection, served, counting) is not Flushed.WRITTEN:
            raise RuntimeError("there is not enough stock of what was seeded")


async def analyzed(pool: TenantPool, served: UUID) -> None:
    """Let the planner know how much there is now."""
    async with pool.serving(served) as connection, _unhurried(connection):
        await connection.execute(f"SET LOCAL ROLE {OWNER}; ANALYZE {', '.join(metadata.tables)}; SET LOCAL ROLE {APP}")


@asynccontextmanager
async def _unhurried(connection: TenantConnection) -> AsyncIterator[None]:
    """One transaction, which a use through a pooler is anyway."""
    if connection.is_in_transaction():
        await connection.execute(UNHURRIED)
        yield
        return
    async with connection.transaction():
        await connection.execute(UNHURRIED)
        yield


@asynccontextmanager
async def _any_state(connection: TenantConnection) -> AsyncIterator[None]:
    """Let orders in as they are in the end, as only we can now: until the end, nobody else changes orders.

    The triggers take every new order to be pending and none of its units to have left, and walking each to its state
    costs a third more. A rollback puts them back together with everything else.
    """
    await connection.execute(_triggers("DISABLE"))
    yield
    await connection.execute(_triggers("ENABLE"))


def _triggers(put: str) -> str:
    each = (f"ALTER TABLE {table} {put} TRIGGER {name}" for table, names in GUARDS.items() for name in names)
    return f"SET LOCAL ROLE {OWNER}; {'; '.join(each)}; SET LOCAL ROLE {APP}"


def _aside(place: int) -> str:
    return f"aside_{place}"


@lru_cache
def _moving(groups: tuple[Group, ...]) -> Statement:
    """One statement, at the end of which every key must lead somewhere."""
    moves = (_move(place, *group).cte(f"move_{place}") for place, group in enumerate(groups))
    return compiled(select(literal_column("1")).add_cte(*moves))


def _move(place: int, name: str, columns: tuple[str, ...]) -> Insert:
    aside = table(_aside(place), *map(column, columns))
    return insert(metadata.tables[name]).from_select([tenant_column(name), *columns], select(organization(), *aside.c))
