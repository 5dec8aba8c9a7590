"""The relay: gives committed events their places in the feed, and writes down who is to be told, in one statement.

It looks, decides and writes like a use case, in two round trips, and its guards hold it to what it saw. The advisory
lock alone would not do, taken as it is after the look: it spares those who come second their trouble.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CTE, BigInteger, ColumnElement, bindparam, func, literal_column, select, true

from adapters.postgres.flush import Flushed, flush
from adapters.postgres.nested import rows_beside
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.changes import Row
from adapters.records.relaying import ENDPOINT, WAITING, Waiting, relayed
from adapters.records.tables import events, organizations, webhook_endpoints
from application.feed.ports import BATCH
from application.shared.errors import Outdated
from application.shared.ports import Clock, IdFactory

ONE: Final[ColumnElement[Any]] = literal_column("1")

UNNUMBERED: Final[ColumnElement[bool]] = events.c.position.is_(None)

ENABLED: Final[ColumnElement[bool]] = webhook_endpoints.c.status == literal_column("'enabled'")


@dataclass(frozen=True, slots=True)
class PostgresRelay:
    pool: TenantPool
    clock: Clock
    new_id: IdFactory

    async def relay(self, organization: UUID) -> int:
        try:
            async with self.pool.serving(organization) as connection:
                found = await _look().fetch(connection, {PARAMETER: organization, "rows": BATCH})
                waiting = _waiting(found[0]) if found else NOTHING
                if not waiting.events:
                    return 0
                changes = relayed(organization, waiting, at=self.clock.now(), new_id=self.new_id)
                done = await flush(connection, organization, changes)
        except Outdated:
            return 0
        return len(waiting.events) if done is Flushed.WRITTEN else 0


NOTHING: Final = Waiting(events=(), last=0, endpoints=(), mail=False)


def _waiting(record: Any) -> Waiting:
    return Waiting(
        events=_named(record["events"], WAITING),
        last=record["last"],
        endpoints=_named(record["endpoints"], ENDPOINT),
        mail=record["mail"],
    )


def _named(rows: Sequence[tuple[Any, ...]], columns: tuple[str, ...]) -> list[Row]:
    return [dict(zip(columns, row, strict=True)) for row in rows]


@cache
def _look() -> Statement:
    last = select(func.coalesce(func.max(events.c.position), literal_column("0"))).where(of_organization(events))
    picked = _picked()
    some = func.array(select(func.row(*(picked.c[name] for name in WAITING))).scalar_subquery())
    return compiled(
        select(
            organizations.c.mail,
            last.scalar_subquery().label("last"),
            rows_beside(webhook_endpoints, ENDPOINT, ENABLED).label("endpoints"),
            some.label("events"),
        ).where(of_organization(organizations))
    )


def _picked() -> CTE:
    """The first ones by id; and, since ids may be out of order, the unnumbered ones before each, one after another.

    LIMIT holds the planner to looking up each: it would rather read all that waits, once, and that may be millions.
    """
    first = (
        select(*(events.c[name] for name in WAITING))
        .where(of_organization(events), UNNUMBERED)
        .order_by(events.c.id)
        .limit(bindparam("rows", type_=BigInteger()))
    )
    picked = select(first.subquery("first")).cte("picked", recursive=True)
    events_before = events.alias("events_before")
    column = events_before.c
    before = (
        select(*(column[name] for name in WAITING))
        .where(
            of_organization(events_before),
            column.subject == picked.c.subject,
            column.subject_id == picked.c.subject_id,
            column.sequence == picked.c.sequence - ONE,
            column.position.is_(None),
        )
        .limit(ONE)
        .lateral("before")
    )
    return picked.union(select(*before.c).select_from(picked.join(before, true())))
