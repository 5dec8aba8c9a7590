"""One attempt at a use case on PostgreSQL: one read, then one guarded write that is durable when it returns."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TypeVar

import asyncpg

from adapters.postgres.flush import Flushed, flush
from adapters.postgres.riding import CLOCK, Look, kept_in, keyed
from adapters.postgres.statements import Statement
from adapters.postgres.tenant_connection import TenantConnection
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER
from adapters.records.answers import key_of
from adapters.records.changes import Changes
from adapters.records.staging import Staging
from application.shared.caller import Caller
from application.shared.errors import InDoubt, KeyInProgress, Outdated, Unavailable
from application.shared.ports import Clock, IdFactory

R = TypeVar("R")
Write = Callable[[], Awaitable[Flushed]]
Around = Callable[[TenantConnection, Write], Awaitable[Flushed]]


class UnitOfWork(Staging):
    """Reads at once, and writes everything that is staged in one statement. Knows no context."""

    def __init__(self, pool: TenantPool, caller: Caller, clock: Clock, new_id: IdFactory) -> None:
        super().__init__(caller, clock, new_id)
        self._pool = pool
        self._around: Around | None = None

    async def fetch(self, look: Look, **values: object) -> list[asyncpg.Record]:
        """Run a select, and return its rows. The first one of a claim looks under its key, too.

        Raises: AlreadyAnswered, KeyExpired, Unavailable.
        """
        claim = self.looking()
        if claim is None:
            found = await self._read(look.alone, values)
        else:
            rows = await self._read(look.ridden, {**values, **keyed(key_of(self._caller, claim), self.instant())})
            self.found(kept_in(rows[0]))
            found = [row for row in rows if row[CLOCK] is not None]
        if found:
            self.opened(found[0][CLOCK])
        return found

    async def _read(self, statement: Statement, values: Mapping[str, object]) -> list[asyncpg.Record]:
        organization = self._caller.organization
        async with self._pool.serving(organization) as connection:
            return await statement.fetch(connection, {PARAMETER: organization, **values})

    def around(self, more: Around) -> None:
        """Write in a transaction, in which this is told to write, and does more: for what no one statement can do."""
        self._around = more

    async def commit(self, result: R) -> R:
        """Raises: Outdated, KeyInProgress, Taken, Unavailable, InDoubt."""
        await self._carry_out(self.take(result))
        return result

    async def record(self) -> None:
        """Raises: Outdated, Taken, Unavailable, InDoubt."""
        await self._carry_out(self.take_unanswered())

    async def _carry_out(self, changes: Changes) -> None:
        if changes:
            match await self._flushed(changes):
                case Flushed.OUTDATED:
                    raise Outdated
                case Flushed.LOCKED:
                    raise KeyInProgress

    async def _flushed(self, changes: Changes) -> Flushed:
        organization, sent = self._caller.organization, False
        try:
            async with self._pool.serving(organization) as connection:
                sent = True
                write = partial(flush, connection, organization, changes)
                if self._caller.dry_run:
                    async with connection.undone():
                        return await self._carried_out(connection, write)
                if self._around is None:
                    return await write()
                async with connection.together():
                    return await self._carried_out(connection, write)
        except Unavailable as lost:
            if sent and not self._caller.dry_run and not isinstance(lost.__cause__, asyncpg.QueryCanceledError):
                raise InDoubt from lost
            raise

    async def _carried_out(self, connection: TenantConnection, write: Write) -> Flushed:
        return await (write() if self._around is None else self._around(connection, write))
