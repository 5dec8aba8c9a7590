"""One attempt at a use case on PostgreSQL: one read, then one guarded write that is durable when it returns."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

import asyncpg

from adapters.postgres.flush import flush
from adapters.postgres.statements import Statement
from adapters.postgres.tenant_pool import TenantPool
from adapters.records.changes import Changes
from adapters.records.stamp import Stamp
from application.shared.caller import Caller
from application.shared.errors import Outdated
from application.shared.ports import Clock, IdFactory

R = TypeVar("R")


class UnitOfWork:
    """Reads at once, stages what is to be written, and writes all of it in one statement. Knows no context."""

    def __init__(self, pool: TenantPool, caller: Caller, clock: Clock, new_id: IdFactory) -> None:
        self.caller = caller
        self.stamp = Stamp(caller, new_id)
        self._pool = pool
        self._clock = clock
        self._offset: timedelta | None = None
        self._staged = Changes()
        self._saved = False

    def now(self) -> datetime:
        """Raises: RuntimeError, before the first read."""
        if self._offset is None:
            raise RuntimeError("the organization's clock comes with the first read: look first")
        return self._clock.now() + self._offset

    async def read(self, statement: Statement, **values: object) -> list[asyncpg.Record]:
        """Run a select. Raises: RuntimeError, after a save; Unavailable."""
        if self._saved:
            raise RuntimeError("read before you save: the database has not seen what is staged")
        return await self._run(statement, values)

    def opened(self, clock_offset_seconds: int) -> None:
        """Take the organization's clock from a read."""
        self._offset = timedelta(seconds=clock_offset_seconds)

    def guard(self, guards: Changes) -> None:
        """What was read must still hold at commit."""
        self._staged += guards

    def stage(self, changes: Changes) -> None:
        self._staged += changes
        self._saved = True

    async def commit(self, result: R) -> R:
        """Raises: Outdated, Taken, Unavailable."""
        staged, self._staged = self._staged, Changes()
        if not staged:
            return result
        async with self._pool.serving(self.caller.organization) as connection:
            if self.caller.dry_run:
                trial = connection.transaction()
                await trial.start()
                try:
                    held = await flush(connection, self.caller.organization, staged)
                finally:
                    await trial.rollback()
            else:
                held = await flush(connection, self.caller.organization, staged)
        if not held:
            raise Outdated
        return result

    async def _run(self, statement: Statement, values: Mapping[str, object]) -> list[asyncpg.Record]:
        organization = self.caller.organization
        async with self._pool.serving(organization) as connection:
            return await statement.fetch(connection, {"organization": organization, **values})
