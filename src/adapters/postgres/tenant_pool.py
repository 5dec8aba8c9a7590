"""A bounded pool of connections that remember which organization they served last."""

import asyncio
from bisect import insort
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import count
from time import monotonic
from typing import Any, Final, Self
from uuid import UUID

import asyncpg

from adapters.postgres.failures import translated
from adapters.postgres.pooled_connection import PASSED_ON, PooledConnection, Pooler
from adapters.postgres.tenant_connection import SERVER_SETTINGS, TenantConnection
from application.operations.ports import PoolFigures
from application.shared.deadline import RESERVE, due
from application.shared.errors import Unavailable

LOOKS: Final = 5
"""How often, while its patience lasts, somebody who waits looks whether connections come back."""

Turn = asyncio.Future["TenantConnection | None"]

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

    Who finds none waits, and whose answer is due first comes first: a request that has read writes before one that only
    wants to read, so that little changes in between, and one that runs again keeps its place. Everybody waits as long
    as there is time to do something before the answer is due, and connections come back; when none has come back for
    `patience` seconds, the database is stuck, and everybody is told at once.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[TenantConnection]],
        *,
        size: int = 10,
        patience: float = 0.5,
    ) -> None:
        self._connect = connect
        self._size = size
        self._patience = patience
        self._open = 0
        self._idle: list[TenantConnection] = []
        self._waiting: list[tuple[float, int, Turn]] = []
        self._arrivals = count()
        self._returned = 0
        self._waits = 0
        self._refused = 0
        self._told: Callable[[Any], None] | None = None

    @classmethod
    def to(cls, dsn: str, pooler: Pooler = Pooler.NONE, *, size: int = 10, patience: float = 0.5) -> Self:
        async def connect() -> TenantConnection:
            how = HOW[pooler]
            opened: TenantConnection = await asyncpg.connect(dsn, **how, max_cached_statement_lifetime=0, timeout=3)
            return opened

        return cls(connect, size=size, patience=patience)

    def watch(self, told: Callable[[Any], None]) -> None:
        """From now on, tell of every statement that is over (asyncpg's `LoggedQuery`), in the context of who asked."""
        self._told = told

    def figures(self) -> PoolFigures:
        """Return how it is doing. What is being opened counts as lent."""
        return PoolFigures(
            size=self._size,
            in_use=self._open - len(self._idle),
            waiting=len(self._waiting),
            waits=self._waits,
            refused=self._refused,
        )

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
            opened = await self._connect()
            if self._told is not None:
                opened.add_query_logger(self._told)
            return opened
        except BaseException:
            self._pass_on(None)
            raise

    async def _wait(self) -> TenantConnection | None:
        """Return a connection that came back, None for the room of one that was lost."""
        if self._size == 0:
            raise Unavailable
        turn: Turn = asyncio.get_running_loop().create_future()
        answer_due = due()
        place = (answer_due, next(self._arrivals), turn)
        insort(self._waiting, place)
        self._waits += 1
        try:
            await self._listen(turn, latest=max(answer_due - RESERVE, monotonic() + self._patience))
            return turn.result()
        except BaseException:
            if turn.done() and not turn.cancelled():  # it came in the very moment in which we gave up
                self._pass_on(turn.result())
            raise
        finally:
            if place in self._waiting:
                self._waiting.remove(place)

    async def _listen(self, turn: Turn, latest: float) -> None:
        """Wait until it is somebody's turn. Raises: Unavailable, when no connection comes back, or none in time.

        Silence is counted in looks, not read off the clock: while this process is busy with itself, it hears nobody.
        """
        silent, returned = 0, self._returned
        while not turn.done():
            await asyncio.wait((turn,), timeout=self._patience / LOOKS)
            silent, returned = (silent + 1, returned) if self._returned == returned else (0, self._returned)
            if not turn.done() and (silent == LOOKS or monotonic() > latest):
                self._refused += 1
                raise Unavailable

    def _give_back(self, connection: TenantConnection) -> None:
        self._returned += 1
        if not connection.is_closed() and (connection.is_in_transaction() or self._size == 0):
            connection.terminate()
        self._pass_on(None if connection.is_closed() else connection)

    def _pass_on(self, connection: TenantConnection | None) -> None:
        """Hand a connection (None: the room for one, still counted) to the first in the queue, else keep it."""
        while self._waiting:
            _, _, turn = self._waiting.pop(0)
            if not turn.done():
                turn.set_result(connection)
                return
        if connection is None:
            self._open -= 1
        else:
            self._idle.append(connection)
