"""All that an organization's books say, subject after subject, in batches that fit into memory.

Each subject is read by one statement, so it is judged as it was at one instant, however busy the service is.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, ColumnElement, Select, Table, Uuid, bindparam, exists, func, literal_column, select

from adapters.postgres.facts import SOURCES, Source, organization_facts, organization_select, word
from adapters.postgres.pooled_connection import Pooler
from adapters.postgres.roles import SYSTEM
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.facts import ORGANIZATIONS, SUBJECTS, Facts
from adapters.records.stock_records import ORDER
from adapters.records.tables import events, orders, stock_ledger

BATCH: Final = 500
"""Subjects in one batch, at most."""

EVENTS: Final = 5_000
"""Events in one batch, at most; a single subject may have more."""

STRAYS: Final = 100
"""Rows that speak of nothing, in one batch, at most: the first ones say enough."""

PATIENCE: Final = "10min"
"""How long a statement may take: a product that is in every order has a long ledger."""

_FIRST: Final = UUID(int=0)
_LAST: Final = UUID(int=2**128 - 1)

_RANGE: Final = (bindparam("first", type_=Uuid()), bindparam("last", type_=Uuid()))

_ORGANIZATIONS: Final = """
WITH RECURSIVE told AS (
    (SELECT organization_id FROM events ORDER BY organization_id LIMIT 1)
    UNION ALL
    SELECT (SELECT organization_id FROM events WHERE organization_id > told.organization_id
            ORDER BY organization_id LIMIT 1)
    FROM told WHERE told.organization_id IS NOT NULL
)
SELECT id FROM organizations UNION SELECT organization_id FROM told WHERE organization_id IS NOT NULL ORDER BY 1
"""
"""Those that there are, and those that only events name; of the events one look at an index for each."""


async def organizations_of(dsn: str, pooler: Pooler = Pooler.NONE) -> list[UUID]:
    """Return whose books there are, as the role that scans, which sees nothing else of them."""
    cached = {"statement_cache_size": 0} if pooler is Pooler.TRANSACTION else {}
    connection = await asyncpg.connect(dsn, **cached, server_settings={"application_name": "orderwright invariants"})
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL ROLE {SYSTEM}")
            return [row["id"] for row in await connection.fetch(_ORGANIZATIONS)]
    finally:
        await connection.close(timeout=2)


@dataclass(frozen=True, slots=True)
class PostgresBooks:
    """Reads behind the wall, as the service does."""

    pool: TenantPool

    async def of(self, organization: UUID) -> AsyncIterator[list[Facts]]:
        """Yield every subject once, and what speaks of none, batch after batch."""
        record = await self._fetch(compiled(organization_select()), organization)
        known = [organization_facts(row) for row in record]
        yield known or [Facts(kind=ORGANIZATIONS, id=organization, rows={"organizations": ()})]
        yield _strays(await self._fetch(_of_no_kind(), organization, first=_FIRST, last=_LAST))
        for kind in SOURCES:
            async for batch in self._kind(organization, kind):
                yield batch

    async def _kind(self, organization: UUID, kind: str) -> AsyncIterator[list[Facts]]:
        source, reach, batch, strays = _statements(kind)
        first = _FIRST
        while True:
            reached = await self._fetch(reach, organization, first=first, rows=BATCH, events=EVENTS)
            last: UUID = reached[0]["id"] if reached else _LAST
            place = {"first": first, "last": last}
            found = [source.facts(row) for row in await self._fetch(batch, organization, **place)]
            speaking = [row for stray in strays for row in await self._fetch(stray, organization, **place)]
            yield [*found, *_strays(speaking)]
            if last == _LAST:
                return
            first = UUID(int=last.int + 1)

    async def _fetch(self, statement: Statement, organization: UUID, **values: object) -> list[asyncpg.Record]:
        async with self.pool.serving(organization) as connection:
            await connection.execute(f"SET {'LOCAL ' if connection.pooled else ''}statement_timeout = '{PATIENCE}'")
            return await statement.fetch(connection, {PARAMETER: organization, **values})


def _strays(rows: list[asyncpg.Record]) -> list[Facts]:
    """Return the subjects that there are not, with the rows that speak of them."""

    def of_whom(row: asyncpg.Record) -> tuple[str, UUID]:
        return row["kind"], row["subject_id"]

    return [
        Facts(
            kind=kind, id=subject, rows={table: list(some) for table, some in groupby(group, lambda row: row["source"])}
        )
        for (kind, subject), group in groupby(sorted(rows, key=of_whom), of_whom)
    ]


@cache
def _statements(kind: str) -> tuple[Source, Statement, Statement, tuple[Statement, ...]]:
    """How far the next batch reaches, the batch itself, and what in its range speaks of nothing."""
    source = SOURCES[kind]()
    id = source.root.c.id  # noqa: A001 - the column's name
    batch = compiled(source.read.where(id.between(*_RANGE)).order_by(id))
    speaking = [_events_without(source), *([_moves_without_order()] if kind == "order" else [])]
    return source, compiled(_reach(source)), batch, tuple(map(compiled, speaking))


def _reach(source: Source) -> Select[Any]:
    """The last id of a batch: as many subjects as there may be, with as many events; none, when there are no more."""
    root = source.root
    page = (
        select(root.c.id, root.c.events_count)
        .where(of_organization(root), root.c.id >= _RANGE[0])
        .order_by(root.c.id)
        .limit(bindparam("rows", type_=BigInteger()))
        .subquery("page")
    )
    so_far = func.sum(page.c.events_count).over(order_by=page.c.id) - page.c.events_count
    weighed = select(page.c.id, so_far.label("so_far")).subquery("weighed")
    budget = bindparam("events", type_=BigInteger())
    return (
        select(weighed.c.id).where(weighed.c.so_far < budget).order_by(weighed.c.id.desc()).limit(literal_column("1"))
    )


def _events_without(source: Source) -> Select[Any]:
    there = exists().where(*_in_range(source.root), source.root.c.id == events.c.subject_id)
    of_kind = events.c.subject == word(source.kind)
    return _speaking(events, events.c.subject_id, word(source.kind)).where(of_kind, ~there)


def _moves_without_order() -> Select[Any]:
    there = exists().where(*_in_range(orders), orders.c.id == stock_ledger.c.reference)
    of_orders = stock_ledger.c.reference_to == word(ORDER)
    return _speaking(stock_ledger, stock_ledger.c.reference, word("order")).where(of_orders, ~there)


def _in_range(root: Table) -> tuple[ColumnElement[bool], ...]:
    """Said of those who are spoken of, too, so that however it is planned, none but these are read."""
    return of_organization(root), root.c.id.between(*_RANGE)


def _speaking(table: Table, of: ColumnElement[Any], kind: ColumnElement[str]) -> Select[Any]:
    """The first rows in the range that speak of some subject."""
    source = word(table.name).label("source")
    rows = select(kind.label("kind"), of.label("subject_id"), source)
    return rows.where(of_organization(table), of.between(*_RANGE)).limit(literal_column(str(STRAYS)))


@cache
def _of_no_kind() -> Statement:
    unknown = (events.c.subject != word(kind) for kind in SUBJECTS)
    return compiled(_speaking(events, events.c.subject_id, events.c.subject).where(*unknown))
