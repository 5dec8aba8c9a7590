"""A connection under row-level security that remembers which organization it serves."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any, ClassVar, Final
from uuid import UUID

import asyncpg

APP_ROLE: Final = "orderwright_app"

SERVER_SETTINGS: Final = {
    "application_name": "orderwright",
    "role": APP_ROLE,
    "statement_timeout": "3s",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "10s",
    "jit": "off",  # compiling takes longer than anything that is asked here, the driver's own look at types included
}
"""Sent in the startup packet, so that they survive RESET ALL. A connection without the role is denied everything."""


class TenantConnection(asyncpg.Connection):
    """A session of our own. `organization` is the one it serves, None while that is not known."""

    __slots__ = ("organization",)

    pooled: ClassVar[bool] = False
    """Whether others may use the server's session between two of our transactions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization: UUID | None = None

    async def serve(self, organization: UUID) -> None:
        """Show the rows of this organization from now on: one round trip, none if it is served already.

        Raises: RuntimeError, in a transaction: its rollback would bring the old organization back unseen.
        """
        if self.organization == organization:
            return
        if self.is_in_transaction():
            raise RuntimeError("the organization is set before BEGIN")
        self.organization = None  # unknown, should the next line fail or be cancelled
        await self.fetchval("SELECT set_config('app.organization', $1, false)", str(organization))
        self.organization = organization

    def told(self, sql: str) -> AbstractContextManager[object]:
        """Tell whoever watches of what runs within, as asyncpg does of all but prepared statements."""
        if not self._query_loggers:
            return nullcontext()
        watching: AbstractContextManager[object] = self._time_and_log(sql, (), None)
        return watching

    # What becomes of it each time that the pool lends it

    async def lend(self, organization: UUID | None) -> None:
        """Make ready for a use, for an organization if it is known already."""
        if organization is not None:
            await self.serve(organization)

    async def settle(self) -> None:
        """End a use that went well: what was written has been durable from statement to statement."""

    async def recover(self) -> None:
        """End a use in which PostgreSQL refused something."""
        self.organization = None

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Run what stands within as one: all of it becomes durable, or nothing."""
        async with self.transaction():
            yield

    @asynccontextmanager
    async def undone(self) -> AsyncIterator[None]:
        """Run what stands within, and let nothing of it stay."""
        trial = self.transaction()
        await trial.start()
        try:
            yield
        finally:
            await trial.rollback()
