"""Deliveries in service: nothing lost whoever is killed, and nobody delayed by a receiver that does not answer."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from adapters.postgres import TenantPool
from adapters.system import new_id
from domain.ids import WebhookEndpointId
from entrypoints.container import signing_secrets_of
from entrypoints.keys import make_keys
from entrypoints.settings import Settings
from tests.adapters.postgres.shop import Shop
from tests.limits import SIMULATED
from tests.postgres import Database, database, server
from tests.service.receiver import Receivers, receiving
from tests.service.served import SOURCES
from tests.trials import trials

__all__ = ["database", "server"]

WRITERS: Final = 8
EVENTS: Final = trials(5000, 96)
LEASE: Final = trials(6, 3)
BETWEEN_KILLS: Final = 2.0 if trials(1, 0) else 0.5
"""Seconds."""

COUNTS: Final = (
    "SELECT (SELECT count(*) FROM events WHERE organization_id = $1 AND position IS NULL)"
    " + (SELECT count(*) FROM deliveries WHERE organization_id = $1 AND endpoint_id = ANY($2) AND state = 'pending')"
)

DELIVERED: Final = (
    "SELECT count(*) FROM deliveries WHERE organization_id = $1 AND endpoint_id = ANY($2) AND state = 'delivered'"
)

FIRST: Final = (
    "SELECT extract(epoch FROM a.at - e.at)::float8 AS seconds FROM deliveries d"
    " JOIN delivery_attempts a ON (a.organization_id, a.delivery_id) = (d.organization_id, d.id) AND a.n = 1"
    " JOIN events e ON (e.organization_id, e.id) = (d.organization_id, d.event_id)"
    " WHERE d.organization_id = $1 AND d.endpoint_id = ANY($2) AND e.at > $3 ORDER BY 1"
)


@dataclass
class Worker:
    environment: dict[str, str]
    log: Path
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "tests.service.hasty", str(LEASE)]
            self._process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        self.starts += 1

    async def until_it_works(self) -> None:
        async with asyncio.timeout(30):
            while self.log.read_text().count("the worker has begun") < self.starts:
                assert self._process is not None
                assert self._process.poll() is None, self.log.read_text()
                await asyncio.sleep(0.05)

    def cpu(self) -> float:
        """Seconds that the process has been on a processor, its start included."""
        assert self._process is not None
        user, system = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def send(self, what: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(what)
            self._process.wait(30)


@pytest.fixture(scope="module")
def environment(database: Database, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    keys = make_keys(tmp_path_factory.mktemp("keys"))
    return {
        **os.environ,
        **SIMULATED,
        **{f"{name}_FILE": str(file) for name, file in keys.items()},
        "DATABASE_URL": database.dsn,
        "ORDERWRIGHT_WEBHOOKS_ALLOW_PRIVATE": "true",
        "PYTHONPATH": f"{SOURCES}{os.pathsep}{SOURCES.parent}",
    }


@pytest.fixture(scope="module")
def worker(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    worker = Worker(environment, tmp_path_factory.mktemp("worker") / "worker.log")
    worker.log.touch()
    yield worker
    worker.send(signal.SIGKILL)


@pytest.fixture
async def behind(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser)
    yield connection
    await connection.close()


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    pool = TenantPool.to(database.dsn, size=WRITERS, patience=30)
    yield await Shop.open(pool)
    await pool.close()


@dataclass
class Town:
    """A shop whose events go to receivers on this machine."""

    shop: Shop
    behind: asyncpg.Connection
    environment: dict[str, str]

    async def endpoint(self, url: str) -> WebhookEndpointId:
        made = WebhookEndpointId(new_id())
        secrets = signing_secrets_of(Settings.read(self.environment).master_keys)
        await self.behind.execute(
            "INSERT INTO webhook_endpoints (organization_id, id, url, event_types, status, secret, created_at, version)"
            " VALUES ($1, $2, $3, '{}', 'enabled', $4, now(), 1)",
            self.shop.organization,
            made,
            url,
            secrets.seal(secrets.new(), self.shop.organization, made),
        )
        return made

    async def write(self, orders: int, *, pause: float = 0.0) -> None:
        """Place orders and confirm each; between them, place some and take it back."""
        (product,) = await self.shop.products(orders * 2)
        for number in range(orders):
            order = await self.shop.place((product, 1), answering=True)
            if number % 5 == 0:
                await self.shop.trying().place((product, 1), answering=True)
            await self.shop.confirm(order)
            await asyncio.sleep(pause)

    async def until_told(self, endpoints: list[WebhookEndpointId], within: float) -> float:
        """Return after how many seconds nothing waits any more."""
        start = time.monotonic()
        async with asyncio.timeout(within):
            while await self.behind.fetchval(COUNTS, self.shop.organization, endpoints):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return time.monotonic() - start

    async def committed(self) -> set[str]:
        rows = await self.behind.fetch("SELECT id FROM events WHERE organization_id = $1", self.shop.organization)
        return {str(row["id"]) for row in rows}


@pytest.fixture
def town(shop: Shop, behind: asyncpg.Connection, environment: dict[str, str]) -> Town:
    return Town(shop, behind, environment)


async def test_what_is_delivered_is_what_was_committed_whoever_is_killed(
    town: Town, worker: Worker, record_property: Any
) -> None:
    receivers = Receivers()
    async with receiving(receivers) as port:
        one = await town.endpoint(f"http://127.0.0.1:{port}/one")
        other = await town.endpoint(f"http://127.0.0.1:{port}/other")
        worker.start()
        each = EVENTS // 2 // WRITERS
        start = time.monotonic()
        writing = asyncio.gather(*(town.write(each) for _ in range(WRITERS)))
        kills = 0
        while kills < trials(5, 1) or not writing.done():
            await worker.until_it_works()
            await asyncio.sleep(BETWEEN_KILLS)
            worker.send(signal.SIGKILL)
            kills += 1
            worker.start()
        await writing
        wrote = time.monotonic() - start
        drained = await town.until_told([one, other], within=trials(240, 30))
        committed = await town.committed()
        assert len(committed) >= each * WRITERS * 2
        for path in ("/one", "/other"):
            assert set(receivers.ids(path)) == committed
            assert receivers.in_order(path)
        sent = {path: len(receivers.ids(path)) for path in ("/one", "/other")}
        note(record_property, events=len(committed), kills=kills, sent=sent, wrote=wrote, drained=drained)


@pytest.mark.skipif(trials(1, 0) == 0, reason="in a thorough run; the small one drains what it writes, too")
async def test_what_waits_is_drained_fast(town: Town, worker: Worker, record_property: Any) -> None:
    """5 000 events to one receiver, all of them waiting when the worker comes. What is held is the worker's own time on
    a processor: how much of one it gets, is about who else is at work.
    """
    worker.send(signal.SIGKILL)
    receivers = Receivers()
    async with receiving(receivers) as port:
        one = await town.endpoint(f"http://127.0.0.1:{port}/one")
        await asyncio.gather(*(town.write(EVENTS // 2 // WRITERS) for _ in range(WRITERS)))
        worker.start()
        seconds = await town.until_told([one], within=300)
        used = worker.cpu()
        assert set(receivers.ids("/one")) == await town.committed()
        assert receivers.in_order("/one")
        note(record_property, events=len(receivers.ids("/one")), seconds=seconds, cpu=used)
        assert used <= 30


async def test_nobody_waits_for_a_receiver_that_does_not_answer(
    town: Town, worker: Worker, record_property: Any
) -> None:
    receivers = Receivers()
    async with receiving(receivers) as port:
        bad = [await town.endpoint(f"http://127.0.0.1:{port}/{way}") for way in ("never", "flood", "drip")]
        well = [await town.endpoint(f"http://127.0.0.1:{port}/{name}") for name in ("one", "other")]
        worker.send(signal.SIGKILL)
        worker.start()
        await worker.until_it_works()
        began = datetime.now(UTC)
        await asyncio.gather(*(town.write(trials(30, 4), pause=trials(2, 1)) for _ in range(trials(WRITERS, 2))))
        await town.until_told(well, within=30)
        assert set(receivers.ids("/one")) == set(receivers.ids("/other")) == await town.committed()
        seconds = [row["seconds"] for row in await town.behind.fetch(FIRST, town.shop.organization, well, began)]
        p50, p99 = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.99)]
        note(record_property, attempts=len(seconds), p50=p50, p99=p99, bad=dict(receivers.asked))
        assert all(receivers.asked[path] for path in ("/never", "/flood", "/drip"))
        assert p99 <= trials(2, 5)  # of a few dozen it is the slowest one; who waited for a bad one, would wait for ten
        assert await town.behind.fetchval(DELIVERED, town.shop.organization, bad) == 0
    worker.send(signal.SIGKILL)


def note(record_property: Any, **figures: Any) -> None:
    """Keep figures in the report, and say them."""
    record_property("figures", json.dumps(figures))
    print(json.dumps(figures))
