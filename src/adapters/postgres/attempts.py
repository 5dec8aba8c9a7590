"""Attempts counted in PostgreSQL, by all processes together: one statement each, without an organization.

A row is one subject's window. When it is over, the next attempt begins a new one in its place; of subjects that do not
come back, every `SWEEP_EVERY`th count of a process removes up to `SWEPT`. As each count adds one row at most, rows are
removed ten times as fast as they come, and 99 of 100 counts pay nothing for it.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from hashlib import sha256
from itertools import count
from typing import Final

from sqlalchemy import Integer, LargeBinary, Text, bindparam, case, delete, func, literal_column, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_connection import TenantConnection
from adapters.postgres.tenant_pool import TenantPool
from adapters.records.schema import INSTANT
from adapters.records.tables import attempts
from application.identity.ports import Limit
from application.identity.rates import Rates
from application.shared.errors import Outdated, Unavailable
from application.shared.ports import Clock

SWEEP_EVERY: Final = 100
SWEPT: Final = 1000

_NONE: Final = literal_column("0", Integer())
_ONE: Final = literal_column("1", Integer())


@dataclass(frozen=True, slots=True)
class PostgresAttempts:
    pool: TenantPool
    clock: Clock
    rates: Rates
    _counted: Iterator[int] = field(init=False, repr=False, compare=False, default_factory=count)

    async def count(self, limit: Limit, *subject: str) -> None:
        rate = self.rates[limit]
        now = self.clock.now()
        ends = now + timedelta(seconds=rate.window)
        values = {**_row(limit, subject), "now": now, "ends": ends, "most": rate.limit}
        async with self._connection() as connection:
            ((tried, ends),) = await _count().fetch(connection, values)
            if next(self._counted) % SWEEP_EVERY == 0:
                await _sweep().fetch(connection, {"now": now})
        if tried > rate.limit:
            raise rate.exceeded(limit, (ends - now).total_seconds())

    async def note_failure(self, limit: Limit, *subject: str) -> None:
        async with self._connection() as connection:
            await _note_failure().fetch(connection, _row(limit, subject))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[TenantConnection]:
        """Lend a connection. A row that stays locked for too long means that the database is stuck."""
        try:
            async with self.pool.connection() as connection:
                yield connection
        except Outdated as waited:
            raise Unavailable from waited


def _row(limit: Limit, subject: tuple[str, ...]) -> Mapping[str, object]:
    return {"limit": str(limit), "subject": sha256(json.dumps(subject).encode()).digest()}


@cache
def _count() -> Statement:
    """Begin a window, or count within it; beyond the limit the count stands still, one above it."""
    new = insert(attempts).values(
        limit_name=bindparam("limit", type_=Text()),
        subject=bindparam("subject", type_=LargeBinary()),
        ends_at=bindparam("ends", type_=INSTANT),
        count=_ONE,
        failures=_NONE,
    )
    over = attempts.c.ends_at <= bindparam("now", type_=INSTANT)
    again = new.on_conflict_do_update(
        index_elements=[attempts.c.limit_name, attempts.c.subject],
        set_={
            "ends_at": case((over, new.excluded.ends_at), else_=attempts.c.ends_at),
            "count": case(
                (over, _ONE),
                else_=func.least(attempts.c.count, bindparam("most", type_=Integer())) + _ONE,
            ),
            "failures": case((over, _NONE), else_=attempts.c.failures),
        },
    )
    return compiled(again.returning(attempts.c.count, attempts.c.ends_at))


@cache
def _note_failure() -> Statement:
    this = (attempts.c.limit_name == bindparam("limit", type_=Text())) & (
        attempts.c.subject == bindparam("subject", type_=LargeBinary())
    )
    return compiled(update(attempts).where(this).values(failures=attempts.c.failures + _ONE))


@cache
def _sweep() -> Statement:
    """Whoever sweeps at the same time, or counts one of these rows, is passed by, not waited for."""
    key = (attempts.c.limit_name, attempts.c.subject)
    over = select(*key).where(attempts.c.ends_at <= bindparam("now", type_=INSTANT)).limit(literal_column(str(SWEPT)))
    return compiled(delete(attempts).where(tuple_(*key).in_(over.with_for_update(skip_locked=True))))
