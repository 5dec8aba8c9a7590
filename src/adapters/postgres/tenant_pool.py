"""A bounded pool of connections that remember which organization they served last."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, Final, Self
from uuid import UUID

import asyncpg

from adapters.postgres.failures import translated
from adapters.postgres.pooled_connection import PASSED_ON, PooledConnection, Pooler
from adapters.postgres.tenant_connection import SERVER_SETTINGS, TenantConnection
from application.shared.errors import Unavailable

LONGEST: Final = 2.0
"""Seconds that anybody waits for a connection. A use case waits twice, and a request has five."""

HOW: Final[Mapping[Pooler, Mapping[str, Any]]] = {
    Pooler.NONE: {
        "connection_class": TenantConnection,
        "server_settings": SERVER_SETTINGS,
        "statement_cache_size": 400,
    },
    Pooler.TRANSACTION: {
        "connection_class": PooledConnection,
        "server_settings": PASSED_ON,
        "statement_cache_size": 0,  # what one session has prepared, the next one has never heard of
    },
}
"""How a connection is opened."""


class TenantPool:
    """At most `size` connections, opened when they are needed.

    Who finds none waits his turn, up to `longest` seconds, as long as connections come back; when none has come back
    for `patience` seconds, the database is stuck, and everybody is told at once.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[TenantConnection]],
        *,
        size: int = 10,
        patience: float = 0.5,
        longest: float = LONGEST,
    ) -> None:
        self._connect = connect
        self._size = size
        self._patience = patience
        self._longest = longest
        self._open = 0
        self._idle: list[TenantConnection] = []
        self._waiting: deque[asyncio.Future[TenantConnection | None]] = deque()
        self._returned = 0

    @classmethod
    def to(cls, dsn: str, pooler: Pooler = Pooler.NONE, *, size: int = 10, patience: float = 0.5) -> Self:
        async def connect() -> TenantConnection:
            how = HOW[pooler]
            opened: TenantConnection = await asyncpg.connect(dsn, **how, max_cached_statement_lifetime=0, timeout=3)
            return opened

        return cls(connect, size=size, patience=patience)

    @asynccontextmanager
    async def serving(self, organization: UUID) -> AsyncIterator[TenantConnection]:
        """Lend a connection that shows this organization's rows, if possible one that served it last.

        Raises: Unavailable, when none is free in time or PostgreSQL is away; Outdated, Taken: see failures.py.
        """
        async with self._lent(organization) as connection:
            yield connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[TenantConnection]:
        """Lend a connection, whomever it serves. Raises: as `serving`."""
        async with self._lent(None) as connection:
            yield connection

    @asynccontextmanager
    async def _lent(self, organization: UUID | None) -> AsyncIterator[TenantConnection]:
        with translated():
            connection = await self._take(organization)
            try:
                await connection.lend(organization)
                yield connection
                await connection.settle()
            except asyncpg.PostgresError:
                await connection.recover()
                raise
            except BaseException:
                connection.terminate()  # cancelled or broken half-way: nobody knows what it is doing
                raise
            finally:
                self._give_back(connection)

    async def close(self) -> None:
        """Close what is idle; what is lent is closed when it comes back."""
        self._size = 0
        idle, self._idle = self._idle, []
        self._open -= len(idle)
        for connection in idle:
            await connection.close(timeout=2)

    async def _take(self, organization: UUID | None) -> TenantConnection:
        while self._idle:
            warm = next((c for c in reversed(self._idle) if c.organization == organization), self._idle[0])
            self._idle.remove(warm)
            if not warm.is_closed():
                return warm
            self._open -= 1
        if self._open < self._size:
            self._open += 1
            return await self._open_one()
        return await self._wait() or await self._open_one()

    async def _open_one(self) -> TenantConnection:
        """Open a connection in room that is counted as open already. Raises: Unavailable, in a closed pool."""
        try:
            if self._size == 0:
                raise Unavailable
            return await self._connect()
        except BaseException:
            self._pass_on(None)
            raise

    async def _wait(self) -> TenantConnection | None:
        """Return a connection that came back, None for the room of one that was lost."""
        if self._size == 0:
            raise Unavailable
        turn: asyncio.Future[TenantConnection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        latest = monotonic() + self._longest
        try:
            while not turn.done():
                returned = self._returned
                await asyncio.wait((turn,), timeout=self._patience)
                if not turn.done() and (self._returned == returned or monotonic() > latest):
                    raise Unavailable
            return turn.result()
        except BaseException:
            if turn.done() and not turn.cancelled():  # it came in the very moment in which we gave up
                self._pass_on(turn.result())
            raise
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)

    def _give_back(self, connection: TenantConnection) -> None:
        self._returned += 1
        if not connection.is_closed() and (connection.is_in_transaction() or self._size == 0):
            connection.terminate()
        self._pass_on(None if connection.is_closed() else connection)

    def _pass_on(self, connection: TenantConnection | None) -> None:
        """Hand a connection (None: the room for one, still counted) to whoever waits longest, else keep it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        if connection is None:
            self._open -= 1
        else:
            self._idle.append(connection)
