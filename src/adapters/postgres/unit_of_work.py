"""One attempt at a use case on PostgreSQL: one read, then one guarded write that is durable when it returns."""

from typing import TypeVar

import asyncpg

from adapters.postgres.flush import flush
from adapters.postgres.statements import Statement
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER
from adapters.records.changes import Changes
from adapters.records.staging import Staging
from application.shared.caller import Caller
from application.shared.errors import Outdated
from application.shared.ports import Clock, IdFactory

R = TypeVar("R")


class UnitOfWork(Staging):
    """Reads at once, and writes everything that is staged in one statement. Knows no context."""

    def __init__(self, pool: TenantPool, caller: Caller, clock: Clock, new_id: IdFactory) -> None:
        super().__init__(caller, clock, new_id)
        self._pool = pool
        self._caller = caller

    async def fetch(self, statement: Statement, **values: object) -> list[asyncpg.Record]:
        """Run a select. Every row that it returns carries the organization's clock. Raises: Unavailable."""
        self.looking()
        organization = self._caller.organization
        async with self._pool.serving(organization) as connection:
            found = await statement.fetch(connection, {PARAMETER: organization, **values})
        if found:
            self.opened(found[0]["clock_offset_seconds"])
        return found

    async def commit(self, result: R) -> R:
        """Raises: Outdated, Taken, Unavailable."""
        changes = self.take()
        if changes and not await self._held(changes):
            raise Outdated
        return result

    async def _held(self, changes: Changes) -> bool:
        organization = self._caller.organization
        async with self._pool.serving(organization) as connection:
            if not self._caller.dry_run:
                return await flush(connection, organization, changes)
            trial = connection.transaction()
            await trial.start()
            try:
                return await flush(connection, organization, changes)
            finally:
                await trial.rollback()
