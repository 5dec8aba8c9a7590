"""A server that kills itself (kill -9) at a named point of the request that names it: `X-Request-Id: die.<point>`.

    python -m tests.service.mortal PORT

The service knows nothing of this: the work that it begins is wrapped, and so is the app.
"""

import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, Final

import uvicorn
from dishka import Provider, Scope

from adapters.postgres import PostgresBegin, TenantPool
from adapters.postgres.tenant_connection import SERVER_SETTINGS
from application.shared.caller import Caller
from application.shared.ports import Clock, IdFactory
from entrypoints.api import create_app
from entrypoints.container import BEGINS, container_of
from entrypoints.settings import Settings

BEFORE_THE_CLAIM: Final = "before-claim"
AFTER_THE_CLAIM: Final = "after-claim"
MID_WORK: Final = "mid-work"
BEFORE_THE_COMMIT: Final = "before-commit"
AFTER_THE_COMMIT: Final = "after-commit"
BEFORE_THE_ANSWER: Final = "before-answer"

POINTS: Final = (BEFORE_THE_CLAIM, AFTER_THE_CLAIM, MID_WORK, BEFORE_THE_COMMIT, AFTER_THE_COMMIT, BEFORE_THE_ANSWER)
"""In the order of a request: before the first read looks for the key, after it, after a save, around the commit, and
before the first byte of the answer."""

PATIENT: Final = {"statement_timeout": "20s", "lock_timeout": "10s", "client_connection_check_interval": "0"}
"""A test that holds a lock does so for longer than the service would wait, on a busy machine; and the database is not
to notice that a client was killed, as most do not."""

DURABLE: Final = frozenset({AFTER_THE_COMMIT, BEFORE_THE_ANSWER})
"""Points at which what was asked for has been done."""


def named(point: str) -> str:
    """The id of a request that dies at this point."""
    return f"die.{point}"


def pass_by(point: str, request_id: str) -> None:
    if request_id == named(point):
        os.kill(os.getpid(), signal.SIGKILL)


class MortalBegin:
    def __init__(self, pool: TenantPool, clock: Clock, new_id: IdFactory) -> None:
        self._begin = PostgresBegin(pool, clock, new_id)

    def __call__(self, caller: Caller) -> AbstractAsyncContextManager[Any]:
        return self._open(caller)

    @asynccontextmanager
    async def _open(self, caller: Caller) -> AsyncIterator[Any]:
        async with self._begin(caller) as work:
            yield _Work(work, caller.request_id)


@dataclass(frozen=True)
class _Work:
    work: Any
    request_id: str

    def __getattr__(self, name: str) -> Any:
        return _Repository(getattr(self.work, name), self.request_id)

    def now(self) -> Any:
        return self.work.now()

    def instant(self) -> Any:
        return self.work.instant()

    async def record(self) -> None:
        await self.work.record()

    async def commit(self, result: Any) -> Any:
        pass_by(BEFORE_THE_COMMIT, self.request_id)
        result = await self.work.commit(result)
        pass_by(AFTER_THE_COMMIT, self.request_id)
        return result


@dataclass(frozen=True)
class _Repository:
    """A repository, or a method of the work itself that reads."""

    inner: Any
    request_id: str

    def save(self, thing: Any) -> None:
        self.inner.save(thing)
        pass_by(MID_WORK, self.request_id)

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self.inner, name)
        return _Repository(inner, self.request_id) if iscoroutinefunction(inner) else inner

    async def __call__(self, *given: Any) -> Any:
        pass_by(BEFORE_THE_CLAIM, self.request_id)
        found = await self.inner(*given)
        pass_by(AFTER_THE_CLAIM, self.request_id)
        return found


def mortal(app: Any) -> Any:
    async def around(scope: Any, receive: Any, send: Any) -> None:
        async def send_if_alive(message: Any) -> None:
            if message["type"] == "http.response.start":
                pass_by(BEFORE_THE_ANSWER, dict(scope["headers"]).get(b"x-request-id", b"").decode())
            await send(message)

        await app(scope, receive, send_if_alive)

    return around


def main(port: int) -> None:
    SERVER_SETTINGS.update(PATIENT)
    settings = Settings.read()
    provider = Provider(scope=Scope.APP)
    provider.provide(MortalBegin, provides=BEGINS, override=True)
    app = create_app(container_of(settings, provider), settings)
    uvicorn.run(mortal(app), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]))
