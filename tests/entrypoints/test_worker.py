"""A worker's loops: they go on whatever happens, faster where there is much to do, slower while nobody answers."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from adapters.system import new_id
from application.ordering.expire_order import ExpireOrder
from application.shared.errors import ConcurrentModification, Unavailable
from domain.ids import OrderId
from entrypoints.logs import JsonLines
from entrypoints.serving import Serve, _environment
from entrypoints.settings import Settings, SettingsInvalid
from entrypoints.worker import Due, Repeated, Worker
from entrypoints.worker import expiry as expiring
from tests.limits import SIMULATED

QUICK = {"every": 0.005, "longest": 0.02}


class Task:
    """Something to do that comes to what `outcomes` say, one after the other, and then to nothing."""

    def __init__(self, *outcomes: bool | Exception, lasts: float = 0.0) -> None:
        self.outcomes = list(outcomes)
        self.lasts = lasts
        self.begun = 0
        self.done = 0
        self.closed = False

    async def once(self, _: asyncio.Event) -> bool:
        self.begun += 1
        await asyncio.sleep(self.lasts)
        self.done += 1
        outcome = self.outcomes.pop(0) if self.outcomes else False
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def close(self) -> None:
        self.closed = True


@asynccontextmanager
async def running(task: Task, **how: float) -> AsyncIterator[Worker]:
    worker = Worker((Repeated("task", task, **{**QUICK, **how}),))
    worker.start()
    yield worker
    await worker.stop()


async def until(said: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not said():  # noqa: ASYNC110 - a figure tells nobody
            await asyncio.sleep(0.002)


async def test_it_goes_on_until_it_is_told_to_stop() -> None:
    task = Task()
    async with running(task):
        await until(lambda: task.done > 3)
    done = task.done
    await asyncio.sleep(0.03)
    assert (task.done, task.closed) == (done, True)


async def test_where_there_is_more_to_do_it_does_not_wait() -> None:
    task = Task(*[True] * 3)
    async with running(task, every=3600):
        await until(lambda: task.done == 4)


@pytest.mark.parametrize("error", [Unavailable(), OSError("gone"), LookupError("a bug"), TimeoutError()])
async def test_nothing_that_goes_wrong_ends_it(error: Exception) -> None:
    task = Task(*[error] * 4)
    async with running(task):
        await until(lambda: task.done > 6)


async def test_while_the_database_is_away_it_says_so_once_and_looks_less_often(
    caplog: pytest.LogCaptureFixture,
) -> None:
    task = Task(*[Unavailable()] * 5)
    with caplog.at_level(logging.INFO, "orderwright.worker"):
        async with running(task):
            await until(lambda: task.done == 5)
            start = asyncio.get_running_loop().time()
            await until(lambda: task.done == 6)
            assert asyncio.get_running_loop().time() - start >= QUICK["longest"] * 0.9
            await until(lambda: task.done > 7)
    said = [record.getMessage() for record in caplog.records]
    assert said[1:-1] == ["task: the database is away: Unavailable", "the database is back"]


async def test_what_worked_for_long_and_loses_the_database_again_says_so_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    task = Task(Unavailable(), Unavailable(), lasts=QUICK["longest"] * 3)
    with caplog.at_level(logging.WARNING, "orderwright.worker"):
        async with running(task):
            await until(lambda: task.done == 2 and task.begun == 3)
    said = [record.getMessage() for record in caplog.records]
    assert said == ["task: the database is away: Unavailable"] * 2


async def test_what_ends_since_it_is_told_to_says_nothing_of_the_database(caplog: pytest.LogCaptureFixture) -> None:
    task = Task(Unavailable(), lasts=0.1)
    with caplog.at_level(logging.INFO, "orderwright.worker"):
        async with running(task):
            await until(lambda: task.begun == 2)
    assert task.done == 2
    assert "the database is back" not in caplog.text


async def test_what_has_begun_is_ended_before_it_goes() -> None:
    task = Task(lasts=0.1)
    async with running(task) as worker:
        await until(lambda: task.begun == 1)
        await worker.stop()
        assert (task.begun, task.done) == (1, 1)


async def test_what_takes_too_long_is_cut_off() -> None:
    task = Task(lasts=3600)
    async with running(task) as worker:
        await until(lambda: task.begun == 1)
        await worker.stop(within=0.01)
        assert (task.done, task.closed) == (0, True)


class Scan:
    """What is due, as a list; no more than is asked for."""

    def __init__(self, count: int) -> None:
        self.orders = [(new_id(), OrderId(new_id())) for _ in range(count)]

    async def due(self, limit: int, *, but: Collection[UUID] = ()) -> list[tuple[UUID, OrderId]]:
        return [found for found in self.orders if found[1] not in but][:limit]

    async def close(self) -> None:
        """There is nothing to close."""


def expiry(scan: Scan, *bad: OrderId, error: Exception | None = None) -> tuple[Due, list[OrderId]]:
    tried: list[OrderId] = []

    async def expire(command: ExpireOrder) -> None:
        tried.append(command.order_id)
        assert str(command.caller.principal) == "system"
        if command.order_id in bad:
            raise error or LookupError("it cannot be read")
        scan.orders = [found for found in scan.orders if found[1] != command.order_id]

    return expiring(scan, expire), tried  # type: ignore[arg-type]


async def test_an_order_that_cannot_be_worked_at_rests_and_holds_up_nobody() -> None:
    scan = Scan(5)
    bad = scan.orders[2][1]
    work, tried = expiry(scan, bad)
    stop = asyncio.Event()
    for _ in range(3):
        await work.once(stop)
    assert [order for _, order in scan.orders] == [bad]
    assert tried.count(bad) == 1
    work._resting[bad] = 0.0
    await work.once(stop)
    assert tried.count(bad) == 2


async def test_one_that_others_keep_changing_is_tried_at_the_next_look() -> None:
    scan = Scan(1)
    work, tried = expiry(scan, scan.orders[0][1], error=ConcurrentModification())
    for _ in range(2):
        assert not await work.once(asyncio.Event())
    assert len(tried) == 2


async def test_when_the_store_is_away_the_look_is_over() -> None:
    scan = Scan(100)
    work, tried = expiry(scan, *(order for _, order in scan.orders), error=Unavailable())
    with pytest.raises(Unavailable):
        await work.once(asyncio.Event())
    assert len(tried) < 10
    assert not work._resting


async def test_told_to_stop_it_begins_no_other() -> None:
    work, tried = expiry(Scan(100))
    stop = asyncio.Event()
    stop.set()
    await work.once(stop)
    assert tried == []


async def test_a_full_look_is_followed_by_another_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrypoints.worker.LOOKED_FOR", 10)
    work, tried = expiry(Scan(15))
    assert [await work.once(asyncio.Event()) for _ in range(3)] == [True, False, False]
    assert len(tried) == 15


async def test_what_it_did_is_one_line_of_json(caplog: pytest.LogCaptureFixture) -> None:
    work, _ = expiry(Scan(3))
    with caplog.at_level(logging.INFO, "orderwright.worker"):
        await work.once(asyncio.Event())
    (record,) = caplog.records
    line: dict[str, Any] = json.loads(JsonLines().format(record))
    line.pop("time")
    assert line == {
        "level": "info",
        "logger": "orderwright.worker",
        "message": "orders expired",
        "job": "expire-orders",
        "count": 3,
    }


def test_who_serves_works_unless_told_not_to(tmp_path: Any) -> None:
    from entrypoints.database import Database
    from entrypoints.keys import make_keys

    keys = {f"{name}_FILE": str(file) for name, file in make_keys(tmp_path).items()} | SIMULATED
    place = Database("postgresql://db/orders", embedded=False)
    wish = {"host": "127.0.0.1", "port": 8000, "data_dir": tmp_path, "workers": 1, "demo": False}
    for worker in (True, False):
        said = _environment(Serve(**wish, worker=worker), place, demo=False)
        assert Settings.read({**keys, **said}).worker is worker
    assert not Settings.read({**keys, "ORDERWRIGHT_WORKER": "off"}).worker
    with pytest.raises(SettingsInvalid, match="ORDERWRIGHT_WORKER: expected on or off"):
        Settings.read({**keys, "ORDERWRIGHT_WORKER": "yes"})
