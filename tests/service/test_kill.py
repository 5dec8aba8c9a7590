"""Servers that are killed at any point of a request: the same key gets one final answer, and nothing is doubled."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest

from adapters.http.once import REPLAYED
from adapters.system import new_id
from entrypoints.keys import make_keys
from tests.limits import RAISED
from tests.postgres import Database, database, server
from tests.service.mortal import DURABLE, POINTS, named
from tests.service.served import SOURCES, free_port
from tests.trials import trials

__all__ = ["database", "server"]

ADDRESS: Final = {"name": "Ada", "line1": "1 Main Street", "city": "Ghent", "postalCode": "9000", "country": "BE"}
PASSWORD: Final = "a long enough password"

Json = dict[str, Any]


@dataclass
class Mortal:
    """One server process."""

    environment: dict[str, str]
    directory: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def dead(self) -> bool:
        return self._process is None or self._process.poll() is not None

    async def start(self) -> None:
        self._spawn()
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            while not await self._answers(client):
                assert not self.dead, (self.directory / f"{self.port}.log").read_text()
                await asyncio.sleep(0.05)

    def _spawn(self) -> None:
        command = [sys.executable, "-m", "tests.service.mortal", str(self.port)]
        with (self.directory / f"{self.port}.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.url}/health/ready")).status_code == 200
        except httpx.TransportError:
            return False

    async def died(self) -> None:
        """Wait until the process is gone."""
        assert self._process is not None
        await asyncio.to_thread(self._process.wait, 10)

    def kill(self) -> None:
        """Kill -9."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


@dataclass
class Town:
    """Two servers over one database, and an organization with a customer and a product of which there is plenty."""

    one: Mortal
    two: Mortal
    client: httpx.AsyncClient
    behind: asyncpg.Connection
    headers: Json = field(default_factory=dict)
    organization: str = ""
    product: str = ""
    customer: str = ""

    @property
    def draft(self) -> Json:
        items = [{"productId": self.product, "quantity": 1}]
        return {"customerId": self.customer, "items": items, "shippingAddress": ADDRESS}

    async def send(self, to: Mortal, path: str, body: Json, *, key: str = "", request: str = "") -> httpx.Response:
        headers = {**self.headers, "Idempotency-Key": key or str(new_id())}
        if request:
            headers["X-Request-Id"] = request
        return await self.client.post(f"{to.url}/v1{path}", json=body, headers=headers)

    async def insist(self, to: Mortal, path: str, body: Json, key: str) -> httpx.Response:
        """Send until there is a final answer."""
        async with asyncio.timeout(60):
            while (answer := await self.send(to, path, body, key=key)).status_code in {409, 503}:
                slug = answer.json()["type"].rpartition("/")[2]
                assert slug in {"idempotency-in-progress", "service-unavailable"}, answer.text
                await asyncio.sleep(0.02)
        return answer

    async def open(self) -> None:
        slug, owner = f"town-{new_id().hex}", "owner@example.test"
        founder = {"email": owner, "name": "Olive", "password": PASSWORD}
        body = {"name": "Town", "slug": slug, "currency": "EUR", "owner": founder}
        self.organization = (await self.send(self.one, "/organizations", body)).json()["organization"]["id"]
        login = {"organization": slug, "email": owner, "password": PASSWORD}
        token = (await self.send(self.one, "/auth/login", login)).json()["accessToken"]
        self.headers = {"Authorization": f"Bearer {token}"}
        product = {"sku": "ONE", "name": "Apple", "unitPrice": 2000, "currency": "EUR"}
        self.product = (await self.send(self.one, "/products", product)).json()["id"]
        stock = {"change": 1_000_000, "reason": "received"}
        await self.send(self.one, f"/products/{self.product}/stock-adjustments", stock)
        customer = {"email": "buyer@example.test", "name": "Bob"}
        self.customer = (await self.send(self.one, "/customers", customer)).json()["id"]

    async def books(self) -> tuple[int, int, int]:
        """`(orders, reserved, ledger)`, which must be the same number: one unit an order."""
        found = await self.behind.fetchrow(
            "SELECT (SELECT count(*) FROM orders o WHERE o.organization_id = $1),"
            " (SELECT sum(reserved) FROM products p WHERE p.organization_id = $1),"
            " (SELECT sum(reserved) FROM stock_ledger l WHERE l.organization_id = $1)",
            self.organization,
        )
        return tuple(int(number or 0) for number in found)


@pytest.fixture(scope="module")
def environment(database: Database, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    keys = make_keys(tmp_path_factory.mktemp("keys"))
    return {
        **os.environ,
        **RAISED,
        **{f"{name}_FILE": str(file) for name, file in keys.items()},
        "DATABASE_URL": database.dsn,
        "ORDERWRIGHT_SIGNUP": "open",
        "ORDERWRIGHT_PUBLIC_URL": "https://orders.example.test",
        "PYTHONPATH": os.pathsep.join([str(SOURCES), str(SOURCES.parent)]),
    }


@pytest.fixture(scope="module")
def servers(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Mortal]]:
    directory = tmp_path_factory.mktemp("servers")
    both = [Mortal(environment, directory) for _ in range(2)]
    yield both
    for each in both:
        each.kill()


@pytest.fixture
async def town(servers: list[Mortal], database: Database) -> AsyncIterator[Town]:
    await asyncio.gather(*(each.start() for each in servers if each.dead))
    behind = await asyncpg.connect(database.superuser)
    try:
        async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_keepalive_connections=0)) as client:
            town = Town(*servers, client, behind)
            await town.open()
            yield town
    finally:
        await behind.close()


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_a_point_of_a_request_it_is_done_once(town: Town, point: str) -> None:
    for _ in range(trials(10, 1)):
        orders, *_ = await town.books()
        key = str(new_id())
        with pytest.raises(httpx.TransportError):
            await town.send(town.one, "/orders", town.draft, key=key, request=named(point))
        await town.one.died()
        assert (await town.books())[0] == orders + (point in DURABLE)
        answer = await town.insist(town.two, "/orders", town.draft, key)
        assert answer.status_code == 201
        assert (REPLAYED in answer.headers) == (point in DURABLE)
        await town.one.start()
        again = await town.send(town.one, "/orders", town.draft, key=key)
        assert (again.content, again.headers[REPLAYED]) == (answer.content, "true")
        assert await town.books() == (orders + 1,) * 3


async def test_killed_while_the_database_works_it_is_done_once(town: Town) -> None:
    """PostgreSQL does not notice: it goes on, and who asks again meets it at work, then finds its answer."""
    for _ in range(trials(10, 2)):
        orders, *_ = await town.books()
        key = str(new_id())
        async with town.behind.transaction():
            await town.behind.execute("SELECT FROM products WHERE id = $1 FOR UPDATE", town.product)
            sending = asyncio.ensure_future(town.send(town.one, "/orders", town.draft, key=key))
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            async with asyncio.timeout(5):
                while not await town.behind.fetchval(waiting):
                    await town.behind.execute("SELECT pg_stat_clear_snapshot()")
                    await asyncio.sleep(0.005)
            town.one.kill()
            with pytest.raises(httpx.TransportError):
                await sending
            answer = await town.send(town.two, "/orders", town.draft, key=key)
            assert answer.json()["type"].endswith("/idempotency-in-progress")
        answer = await town.insist(town.two, "/orders", town.draft, key)
        assert answer.status_code == 201
        assert await town.books() == (orders + 1,) * 3
        await town.one.start()
        assert (await town.send(town.one, "/orders", town.draft, key=key)).content == answer.content


async def test_thirty_two_clients_send_everything_five_times_while_servers_die(town: Town) -> None:
    """Each key to either of two servers, which are killed and started again meanwhile: one order a key."""
    keys, duplicates = trials(2000, 40), 5
    names = [str(new_id()) for _ in range(keys)]
    sends = [name for name in names for _ in range(duplicates)]
    sends = [sends[place] for place in sorted(range(len(sends)), key=lambda n: (n // 80, random.random()))]
    bodies: defaultdict[str, set[bytes]] = defaultdict(set)
    turns, over = asyncio.Semaphore(32), asyncio.Event()

    async def one(name: str) -> None:
        async with turns:
            while True:
                try:
                    answer = await town.insist(random.choice((town.one, town.two)), "/orders", town.draft, name)
                except httpx.TransportError:  # it died, or is not there yet
                    await asyncio.sleep(0.05)
                    continue
                assert answer.status_code == 201, answer.text
                bodies[name].add(answer.content)
                return

    async def reaper() -> int:
        killed = 0
        while not over.is_set():
            await asyncio.sleep(random.uniform(0.2, 1.0))
            victim = random.choice((town.one, town.two))
            victim.kill()
            killed += 1
            await victim.start()
        return killed

    reaping = asyncio.ensure_future(reaper())
    await asyncio.gather(*map(one, sends))
    over.set()
    assert await reaping
    assert all(len(bodies[name]) == 1 for name in names)
    assert await town.books() == (keys,) * 3
