"""Workers as they run in service: several at once, killed in the middle, told to stop; and the one within `serve`."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
from typer.testing import CliRunner

from adapters.postgres import PostgresDueScan, TenantPool
from domain.ordering.order import Order
from entrypoints.cli import cli
from entrypoints.keys import make_keys
from tests.adapters.postgres.shop import STOCK_DOES_NOT_ADD_UP, Shop
from tests.limits import SIMULATED
from tests.postgres import Database, database, server
from tests.service.served import SOURCES, Served
from tests.trials import trials

__all__ = ["database", "server"]

FAR: Final = "UPDATE orders SET expires_at = now() + interval '1 year' WHERE status = 'pending'"
DUE: Final = "UPDATE orders SET expires_at = now() WHERE organization_id = ANY($1) AND status = 'pending'"
LEFT: Final = "SELECT count(*) FROM orders WHERE organization_id = ANY($1) AND status = 'pending'"


@dataclass
class Working:
    """A process that runs `worker`."""

    environment: dict[str, str]
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "entrypoints", "worker"]
            self._process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def said(self, message: str) -> bool:
        return any(line["message"] == message for line in self.lines())

    async def until_said(self, message: str) -> None:
        async with asyncio.timeout(60):
            while not self.said(message):
                assert self._process is not None
                assert self._process.poll() is None, self.log.read_text()
                await asyncio.sleep(0.05)

    def send(self, what: signal.Signals) -> int:
        """Send a signal, and return how the process ended."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(what)
        return self._process.wait(30)


@pytest.fixture(scope="module")
def environment(database: Database, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    keys = make_keys(tmp_path_factory.mktemp("keys"))
    return {
        **os.environ,
        **SIMULATED,
        **{f"{name}_FILE": str(file) for name, file in keys.items()},
        "DATABASE_URL": database.dsn,
        "PYTHONPATH": str(SOURCES),
    }


@pytest.fixture(scope="module")
def workers(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Working]]:
    directory = tmp_path_factory.mktemp("workers")
    workers = [Working(environment, directory / f"{number}.log") for number in range(trials(4, 2))]
    yield workers
    for worker in workers:
        worker.send(signal.SIGKILL)


@pytest.fixture
async def behind(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser)
    yield connection
    await connection.close()


@pytest.fixture
async def town(database: Database) -> AsyncIterator[list[Shop]]:
    pool = TenantPool.to(database.dsn, size=8, patience=30)
    yield [await Shop.open(pool) for _ in range(2)]
    await pool.close()


async def test_workers_of_whom_one_is_killed_cancel_each_due_order_once(
    town: list[Shop], workers: list[Working], behind: asyncpg.Connection, database: Database
) -> None:
    """And what is confirmed stays (of its three versions one says that somebody was paying), and nothing is left behind
    by who died.
    """
    each = trials(5000, 300) // len(town)
    whose = [shop.organization for shop in town]
    for shop in town:
        product, other = await shop.products(each * 2, each)
        turns = asyncio.Semaphore(8)

        async def place(shop: Shop = shop, product: Any = product, other: Any = other, turns: Any = turns) -> None:
            async with turns:
                await shop.place((product, 2), (other, 1), answering=True)

        await asyncio.gather(*(place() for _ in range(each)))
        await shop.confirm(await shop.place(((await shop.products(1))[0], 1)))
    await behind.execute(FAR)
    for worker in workers:
        worker.start()
    await asyncio.gather(*(worker.until_said("the worker has begun") for worker in workers))

    await behind.execute(DUE, whose)
    async with asyncio.timeout(30):
        while await behind.fetchval(LEFT, whose) > each * len(town) * 0.8:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.005)
    workers[0].send(signal.SIGKILL)
    assert await behind.fetchval(LEFT, whose), "it died too late to prove anything"
    async with asyncio.timeout(trials(300, 30)):
        while await behind.fetchval(LEFT, whose):  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    orders = await behind.fetch(
        "SELECT status, cancelled_by, version, events_count, (SELECT array_agg(type ORDER BY sequence) FROM events e"
        " WHERE (e.organization_id, e.subject_id) = (o.organization_id, o.id)) AS events"
        " FROM orders o WHERE organization_id = ANY($1)",
        whose,
    )
    expired = ("cancelled", "expiry", 2, 2, ("order.placed", "order.expired"))
    confirmed = ("confirmed", None, 3, 2, ("order.placed", "order.confirmed"))
    seen = [(*tuple(order)[:4], tuple(order["events"])) for order in orders]
    assert sorted(map(str, seen)) == sorted(map(str, [expired] * each * len(town) + [confirmed] * len(town)))
    for organization in whose:
        assert await behind.fetch(STOCK_DOES_NOT_ADD_UP, organization) == []
    released = "SELECT count(*) FROM stock_ledger WHERE cause = 'released' AND organization_id = ANY($1)"
    assert await behind.fetchval(released, whose) == each * len(town) * 2
    actors = "SELECT DISTINCT actor FROM events WHERE type = 'order.expired' AND organization_id = ANY($1)"
    assert [row["actor"] for row in await behind.fetch(actors, whose)] == ["system"]
    scan = PostgresDueScan(database.dsn)
    assert await scan.due(9) == []
    await scan.close()
    assert any(worker.said("orders expired") for worker in workers[1:])


def tuple_of(record: asyncpg.Record) -> Any:
    return record


async def test_a_worker_outlives_its_connections(
    workers: list[Working], town: list[Shop], behind: asyncpg.Connection
) -> None:
    """They are cut while it works: it opens others, and does what is due."""
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name IN ('orderwright worker', 'orderwright jobs')"
    )
    for _ in range(5):
        await behind.execute(cut)
        await asyncio.sleep(0.1)
    await until_expired(town[0], await due_now(town[0], behind))
    assert any(line["level"] == "warning" for worker in workers[1:] for line in worker.lines())


async def due_now(shop: Shop, behind: asyncpg.Connection) -> Order:
    (product,) = await shop.products(1)
    order = await shop.place((product, 1))
    await behind.execute(DUE, [shop.organization])
    return order


async def until_expired(shop: Shop, order: Order) -> None:
    async with asyncio.timeout(20):
        while (await shop.get(order.id)).status != "cancelled":  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.05)


async def test_told_to_stop_a_worker_ends_what_it_has_begun_and_goes(workers: list[Working]) -> None:
    for worker in workers[1:]:
        start = time.monotonic()
        assert worker.send(signal.SIGTERM) == 0
        assert time.monotonic() - start < 20
        (line,) = [line for line in worker.lines() if line["message"] == "the worker has ended"]
        assert (line["logger"], line["level"], line["cutOff"]) == ("orderwright.worker", "info", 0)


async def test_who_serves_does_what_is_due_too(
    environment: dict[str, str], town: list[Shop], behind: asyncpg.Connection, tmp_path: Path
) -> None:
    served = Served(tmp_path, environment=environment)
    await asyncio.to_thread(served.start)
    try:
        await until_expired(town[0], await due_now(town[0], behind))
    finally:
        await asyncio.to_thread(served.__exit__, None)
    log = (tmp_path / "serve.log").read_text()
    assert '"message":"orders expired"' in log
    assert '"message":"the worker has ended"' in log


def test_what_is_held_is_listed_and_tried_again_from_the_command_line(
    environment: dict[str, str], database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hold() -> int:
        connection = await asyncpg.connect(database.superuser)
        held: int = await connection.fetchval(
            "INSERT INTO jobs.pgqueuer (priority, status, entrypoint, attempts)"
            " VALUES (0, 'failed', 'nobody-knows-how', 4) RETURNING id"
        )
        await connection.close()
        return held

    monkeypatch.setenv("DATABASE_URL", environment["DATABASE_URL"])
    held = asyncio.run(hold())
    command = CliRunner()
    listed = command.invoke(cli, ["jobs", "list"]).output
    assert listed.startswith(f"{held}  nobody-knows-how  20")
    assert listed.endswith("  5 attempts  nobody knows\n")
    assert command.invoke(cli, ["jobs", "retry", str(held)]).output == "1 job will be tried again.\n"
    assert command.invoke(cli, ["jobs", "list"]).output == "No job is held.\n"
    assert command.invoke(cli, ["jobs", "retry"]).output == "0 jobs will be tried again.\n"
