"""A server that does what placing an order cannot be done without: it sees who asks, and sends the two statements.

    python -m benchmarks.floor PLACEMENTS

An authenticated ping on the product's own HTTP stack, and then the driver, asked as plainly as it can be. The bearer is
verified by the product's keys; the statements and their values are the product's, caught on their way. No body is read,
no rule asked, no answer made.
"""

import os
import pickle
import sys
from asyncio import LifoQueue
from collections import deque
from pathlib import Path
from typing import Any, Final

import asyncpg
import uvicorn
from litestar import Litestar, Request, Response, post

from adapters.jwt import JwtTokens
from adapters.postgres.tenant_connection import SERVER_SETTINGS
from adapters.system import SystemClock, new_id
from benchmarks.placements import CACHED, Placements
from domain.identity.errors import InvalidToken, TokenExpired
from entrypoints.settings import Settings

CONNECTIONS: Final = 10
"""As many as the product's pool opens."""

CREATED: Final = b'{"status":"placed"}'


class Floor:
    """Sends every placement once; when there are no more, it answers 503."""

    def __init__(self, settings: Settings, placements: Placements) -> None:
        self._tokens = JwtTokens(settings.signing_keys, os.environ["FLOOR_ISSUER"], SystemClock(), new_id)
        self._placements, self._left = placements, deque(placements.given)
        self._url, self._idle = settings.database_url, LifoQueue[asyncpg.Connection]()

    def app(self) -> Litestar:
        @post("/v1/orders")
        async def place(request: Request[Any, Any, Any]) -> Response[bytes]:
            status = await self._placed(request.headers.get("authorization", ""))
            return Response(CREATED, status_code=status, media_type="application/json")

        return Litestar([place], openapi_config=None, on_startup=[self._start], on_shutdown=[self._stop])

    async def _placed(self, authorization: str) -> int:
        try:
            self._tokens.verify(authorization.removeprefix("Bearer "))
        except (InvalidToken, TokenExpired):
            return 401
        if not self._left:
            return 503
        read, write = self._left.popleft()
        connection = await self._idle.get()
        try:
            await connection.fetch(self._placements.read, *read)
            ((gone, _),) = await connection.fetch(self._placements.write, *write)
        finally:
            self._idle.put_nowait(connection)
        return 201 if gone else 409

    async def _start(self) -> None:
        for _ in range(CONNECTIONS):
            connection = await asyncpg.connect(
                self._url,
                server_settings={**SERVER_SETTINGS, "app.organization": os.environ["FLOOR_ORGANIZATION"]},
                statement_cache_size=CACHED,
                max_cached_statement_lifetime=0,
            )
            self._idle.put_nowait(connection)

    async def _stop(self) -> None:
        while not self._idle.empty():
            await self._idle.get_nowait().close()


def main() -> None:
    settings = Settings.read()
    placements = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301 - this run wrote it
    uvicorn.run(
        Floor(settings, placements).app(),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
    )


if __name__ == "__main__":
    main()
