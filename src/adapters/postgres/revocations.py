"""What was revoked lately, in any process: heard from PostgreSQL at once, and asked for twice a second beside that."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any, Final, Self
from uuid import UUID

import asyncpg

from adapters.postgres.pooled_connection import Pooler
from adapters.postgres.roles import SYSTEM
from application.identity.ports import Bearer
from application.shared.errors import Unavailable
from domain.identity.errors import InvalidToken

CHANNEL: Final = "orderwright_revoked"

EVERY: Final = 0.5
"""Seconds between two questions: what no notification told, or one that was lost, is known within a second."""

STALE: Final = 5.0
"""Seconds without an answer after which nobody is let in: what was revoked meanwhile, nobody can tell."""

KEPT: Final = 20 * 60
"""Seconds that a revocation is remembered: longer than any access token lives."""

_NAME: Final = {"application_name": "orderwright revocations"}
_RIGHTS: Final = {"role": SYSTEM, "statement_timeout": "1s"}

HOW: Final[Mapping[Pooler, Mapping[str, Any]]] = {
    Pooler.NONE: {"server_settings": {**_NAME, **_RIGHTS}},
    Pooler.TRANSACTION: {"server_settings": _NAME, "statement_cache_size": 0},
}
"""How the connection is opened."""

_OPENING: Final = "; ".join(("BEGIN", *(f"SET LOCAL {name} = '{value}'" for name, value in _RIGHTS.items())))

_SINCE: Final = """
SELECT id FROM sessions WHERE revocation_noted_at > now() - make_interval(secs => $1)
UNION ALL
SELECT id FROM api_keys WHERE revocation_noted_at > now() - make_interval(secs => $1)
"""
"""By the clock of PostgreSQL alone: that of the process that revoked may go wrong."""

_OVERLAP: Final = 120.0
"""Seconds that every further question reaches back: more than a statement takes to be committed."""

AWAY: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

_LOG: Final = logging.getLogger("orderwright.revocations")


class PostgresRevocations:
    """Implements Revocations; `start` before use, `stop` at the end."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        pooler: Pooler = Pooler.NONE,
        *,
        listens: bool = True,
    ) -> None:
        """`connect` opens a connection. Behind a transaction pooler nothing can be listened to, so it is only asked."""
        self._connect = connect
        self._pooled = pooler is Pooler.TRANSACTION
        self._listens = listens and not self._pooled
        self._revoked: dict[UUID, float] = {}
        self._answered = -STALE
        self._connection: asyncpg.Connection | None = None
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, dsn: str, pooler: Pooler = Pooler.NONE) -> Self:
        async def connect() -> asyncpg.Connection:
            return await asyncpg.connect(dsn, **HOW[pooler], timeout=3)

        return cls(connect, pooler)

    def check(self, bearer: Bearer) -> None:
        if bearer.credential in self._revoked:
            raise InvalidToken
        if monotonic() - self._answered > STALE:
            raise Unavailable

    async def start(self) -> None:
        """Know everything that matters, then keep knowing it; while the database is away, nothing is known."""
        await self._connected()
        self._task = asyncio.create_task(self._watch(), name="revocations")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._hang_up()

    async def _opened(self) -> asyncpg.Connection:
        connection = await self._connect()
        try:
            if self._listens:
                await connection.add_listener(CHANNEL, self._heard)
            await self._ask(connection, KEPT)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _connected(self) -> None:
        try:
            async with asyncio.timeout(3):  # not wait_for, which in Python 3.11 can swallow a cancellation
                self._connection = await self._opened()
        except AWAY as error:
            _LOG.warning("cannot ask what was revoked: %s", error.__class__.__name__)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            if self._connection is None:
                await self._connected()
                continue
            try:
                await self._ask(self._connection, _OVERLAP)
            except AWAY as error:
                _LOG.warning("the database no longer says what was revoked: %s", error.__class__.__name__)
                self._hang_up()

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _ask(self, connection: asyncpg.Connection, seconds: float) -> None:
        asked = monotonic()
        if self._pooled:
            await connection.execute(_OPENING, timeout=1)
        rows = await connection.fetch(_SINCE, seconds, timeout=1)
        if self._pooled:
            await connection.execute("COMMIT", timeout=1)
        for row in rows:
            self._note(row["id"], asked)
        self._forget(asked)
        self._answered = asked

    def _heard(self, _: object, __: int, ___: str, payload: object) -> None:
        with suppress(ValueError):
            self._note(UUID(str(payload)), monotonic())

    def _note(self, id: UUID, at: float) -> None:
        self._revoked.setdefault(id, at)

    def _forget(self, now: float) -> None:
        """Forget what is too old to matter; the dictionary is in the order of time."""
        for id, noted in list(self._revoked.items()):  # noqa: A001 - what it is
            if now - noted <= KEPT + _OVERLAP:
                return
            del self._revoked[id]
