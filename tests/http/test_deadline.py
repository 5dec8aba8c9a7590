"""A request has five seconds once its body is there: then it is cancelled, and nothing of it stays behind."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from dishka import AsyncContainer, Provider, Scope
from litestar import Litestar
from litestar.testing import AsyncTestClient

from adapters.http.app import http_app
from adapters.http.deadline import SECONDS, Deadline
from adapters.http.options import HttpOptions
from adapters.http.ports import Readiness
from adapters.http.refusals import problem_bytes
from adapters.postgres import TenantPool
from adapters.system.ids import new_id
from entrypoints.container import container_of, http_options
from entrypoints.settings import Settings
from tests.http.house import PUBLIC_URL, Contract, problem
from tests.postgres import Database


def test_it_is_five_seconds_unless_somebody_says_otherwise() -> None:
    assert SECONDS == 5.0
    assert HttpOptions.__dataclass_fields__["deadline"].default == SECONDS


class Slow:
    """A store that takes its time; `pool` None means that it only sleeps."""

    def __init__(self, pool: TenantPool | None = None) -> None:
        self._pool = pool
        self.ended = 0

    async def check(self) -> None:
        try:
            if self._pool:
                async with self._pool.connection() as connection:
                    await connection.execute("BEGIN; SELECT pg_sleep(2)")
            else:
                await asyncio.sleep(2)
        finally:
            self.ended += 1


def _app(slow: Slow, quick: Provider, settings: Settings, **more: Any) -> Litestar:
    provider = Provider(scope=Scope.APP)
    provider.provide(lambda: slow, provides=Readiness, override=True)
    container: AsyncContainer = container_of(settings, quick, provider, store="memory")
    return http_app(container, replace(http_options(settings), deadline=0.2), **more)


async def test_what_takes_longer_is_told_to_try_again(quick: Provider, settings: Settings) -> None:
    slow = Slow()
    app = _app(slow, quick, settings)
    async with AsyncTestClient(app) as client:
        client.event_hooks = {"request": [], "response": [Contract(app)]}
        answer = await client.get("/health/ready", headers={"X-Request-Id": "too-late-42"})
        problem(answer, "service-unavailable")
        assert (answer.headers["Retry-After"], answer.headers["X-Request-Id"]) == ("1", "too-late-42")
        assert slow.ended == 1
        assert (await client.get("/health/live")).status_code == 200


async def test_a_connection_in_the_middle_of_something_is_not_used_again(
    quick: Provider, settings: Settings, database: Database
) -> None:
    pool = TenantPool.to(database.dsn, size=2)
    async with AsyncTestClient(_app(Slow(pool), quick, settings)) as client:
        for _ in range(3):  # more often than there are connections: the room of each comes back
            problem(await client.get("/health/ready"), "service-unavailable")
    async with pool.connection() as one, pool.connection() as other:
        for connection in (one, other):
            assert not connection.is_in_transaction()
            assert await connection.fetchval("SELECT 1") == 1
    await pool.close()


def _deadline(app: Any) -> Deadline:
    return Deadline(
        app,
        new_id=new_id,
        body=lambda slug, instance: problem_bytes(slug, instance, public_url=PUBLIC_URL),
        seconds=0.2,
    )


async def _called(app: Any, pieces: Iterator[tuple[float, bool]]) -> list[Any]:
    """Call it with a body whose pieces come after so many seconds each, and say whether there are more."""
    sent: list[Any] = []

    async def receive() -> Any:
        after, more = next(pieces)
        await asyncio.sleep(after)
        return {"type": "http.request", "body": b"x", "more_body": more}

    async def send(message: Any) -> None:
        sent.append(message)

    await _deadline(app)({"type": "http", "state": {}, "headers": []}, receive, send)  # type: ignore[arg-type]
    return sent


async def test_while_the_client_sends_our_time_does_not_run() -> None:
    async def reads(_scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})

    [start] = await _called(reads, iter([(0.3, True), (0.3, True), (0.3, False)]))
    assert start["status"] == 200


async def test_it_runs_from_the_end_of_the_body() -> None:
    async def reads_and_sleeps(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()
        await asyncio.sleep(2)

    start, _ = await _called(reads_and_sleeps, iter([(0.3, False)]))
    assert start["status"] == 503


async def test_half_an_answer_is_not_followed_by_another() -> None:
    async def begins(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(2)

    with pytest.raises(TimeoutError):
        await _called(begins, iter([]))


async def test_a_timeout_of_somebody_else_is_not_ours() -> None:
    async def fails(_scope: Any, _receive: Any, _send: Any) -> None:
        raise TimeoutError("a gateway")

    with pytest.raises(TimeoutError, match="a gateway"):
        await _called(fails, iter([]))
