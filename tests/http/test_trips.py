"""G8: how often a request goes to the database, counted where it goes out and by PostgreSQL itself.

The connection last served the organization, and has done it all before; so nothing is prepared or set any more.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest
from dishka import Provider, Scope

from adapters.postgres import PostgresRevocations, TenantPool
from application.identity.ports import Revocations
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.settings import Settings
from tests.adapters.postgres.wire import Wire
from tests.http.house import ADDRESS, House, Json, key
from tests.postgres import Database

MOST: Final = {
    "W1 place": 2,
    "W2 get": 1,
    "W3 list by cursor": 1,
    "W4 deliver": 2,
    "W5 replay": 1,
}

COUNTED: Final = """
    SELECT coalesce(sum(calls), 0)::int FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
    WHERE d.datname = current_database() AND query NOT LIKE '%pg_stat_statements%'
"""


@pytest.fixture
async def wired(settings: Settings, quick: Provider, database: Database) -> AsyncIterator[tuple[House, Wire]]:
    """A house over one connection, and the wire that it goes through; what watches revocations goes another way, and
    does not look while we count.
    """
    alone = Provider(scope=Scope.APP)
    async with Wire.to(database) as wire:

        async def pool() -> AsyncIterator[TenantPool]:
            one = TenantPool.to(wire.dsn, size=1)
            yield one
            await one.close()

        async def revocations() -> AsyncIterator[Revocations]:
            watch = PostgresRevocations.of(database.dsn)
            await watch.start()
            await watch.stop()  # it knows all that was revoked until now
            yield watch

        alone.provide(pool, override=True)
        alone.provide(revocations, override=True)
        container = container_of(settings, quick, alone, store="postgres")
        inside = httpx.ASGITransport(create_app(container, settings))  # in our own loop, where the wire is
        async with httpx.AsyncClient(transport=inside, base_url="http://testserver.local") as client:
            yield await House.found(client, container), wire
        await container.close()


@pytest.fixture
async def statements(database: Database) -> AsyncIterator[asyncpg.Connection | None]:
    """PostgreSQL's own count, None where it keeps none."""
    admin = await asyncpg.connect(database.superuser)
    available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_stat_statements'"
    preloaded = "SELECT current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%'"
    kept = await admin.fetchval(available) and await admin.fetchval(preloaded)
    if kept:
        await admin.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    yield admin if kept else None
    await admin.close()


class Shop:
    """The workloads of the benchmark, one request each; every one makes what it needs beforehand."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def opened(self) -> None:
        self.customer = (await self._made("/v1/customers", {"email": "ada@example.com", "name": "Ada"}))["id"]
        self.products = []
        for number in range(3):
            body = {"sku": f"P-{number}", "name": "Mug", "unitPrice": 900, "currency": "EUR"}
            product = (await self._made("/v1/products", body))["id"]
            change = {"change": 9_999, "reason": "received"}
            await self._made(f"/v1/products/{product}/stock-adjustments", change)
            self.products.append(product)

    async def asked(self, workload: str) -> Callable[[], Awaitable[httpx.Response]]:
        match workload:
            case "W1 place":
                return lambda: self._place(key())
            case "W2 get":
                order = (await self._place(key())).json()
                return lambda: self.house.call("GET", f"/v1/orders/{order['id']}", **self.house.headers)
            case "W3 list by cursor":
                for _ in range(3):
                    await self._place(key())
                asked = {"customerId": self.customer, "status": "pending", "limit": 1}
                first = await self.house.call("GET", f"/v1/orders?{urlencode(asked)}", **self.house.headers)
                asked["cursor"] = first.json()["pagination"]["endCursor"]
                return lambda: self.house.call("GET", f"/v1/orders?{urlencode(asked)}", **self.house.headers)
            case "W4 deliver":
                order = (await self._place(key())).json()
                for verb, body in (("confirm", {"paymentMethod": "pm_ok"}), ("ship", {})):
                    order = await self._made(f"/v1/orders/{order['id']}/{verb}", body)
                tag = {"If-Match": f'"{order["version"]}"', "Idempotency-Key": key()}
                path = f"/v1/orders/{order['id']}/deliver"
                return lambda: self.house.call("POST", path, {}, **self.house.headers, **tag)
            case _:
                again = key()
                await self._place(again)
                return lambda: self._place(again)

    async def _place(self, under: str) -> httpx.Response:
        items = [{"productId": product, "quantity": 2} for product in self.products]
        body = {"customerId": self.customer, "items": items, "shippingAddress": ADDRESS}
        headers = {**self.house.headers, "Idempotency-Key": under}
        placed = await self.house.call("POST", "/v1/orders", body, **headers)
        assert placed.status_code == 201, placed.text
        return placed

    async def _made(self, path: str, body: Json) -> Any:
        made = await self.house.call("POST", path, body, **self.house.headers, **{"Idempotency-Key": key()})
        assert made.status_code in {200, 201}, made.text
        return made.json()


@pytest.mark.parametrize("workload", MOST)
async def test_a_request_takes_no_more_round_trips_than_it_may(
    wired: tuple[House, Wire], statements: asyncpg.Connection | None, workload: str
) -> None:
    house, wire = wired
    shop = Shop(house)
    await shop.opened()
    for _ in range(2):  # on this connection everything has been prepared
        await (await shop.asked(workload))()
    ask = await shop.asked(workload)
    if statements:
        await statements.execute("SELECT pg_stat_statements_reset()")
    before = wire.trips
    answer = await ask()
    taken = [wire.trips - before]
    if statements:
        taken.append(await statements.fetchval(COUNTED))
    assert answer.is_success, answer.text
    assert set(taken) == {MOST[workload]}
