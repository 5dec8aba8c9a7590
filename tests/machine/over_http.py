"""The shop as a client has it: a real process on PostgreSQL, asked over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, Final
from uuid import UUID

import httpx

from adapters.payments import PostgresLedger, SimulatedGateway
from adapters.postgres import PostgresBegin, TenantPool
from adapters.postgres.books import PostgresBooks
from adapters.records.invariants import breaches
from adapters.system import new_id
from application.ordering.paying import Paying
from tests.machine.driver import AT_ONCE, Ask, Json, Told
from tests.machine.file_clock import FileClock
from tests.machine.money import Movement
from tests.machine.till import booked, reconciled

PASSWORD: Final = "nine otters under the bridge"

OWNER: Final = "owner@example.test"

OFTEN: Final = 600
"""Seconds after which somebody logs in anew, before the token is too old."""

PLACES: Final = {
    "placeOrder": ("POST", "/v1/orders"),
    "quoteOrder": ("POST", "/v1/orders/quote"),
    "changeOrder": ("PATCH", "/v1/orders/{}"),
    "noteOrder": ("POST", "/v1/orders/{}/notes"),
    **{
        f"{verb}Order": ("POST", f"/v1/orders/{{}}/{verb}")
        for verb in ("confirm", "cancel", "ship", "deliver", "return")
    },
    "createProduct": ("POST", "/v1/products"),
    "changeProduct": ("PATCH", "/v1/products/{}"),
    "archiveProduct": ("DELETE", "/v1/products/{}"),
    "adjustStock": ("POST", "/v1/products/{}/stock-adjustments"),
    "createCustomer": ("POST", "/v1/customers"),
    "suspendCustomer": ("POST", "/v1/customers/{}/suspend"),
    "reactivateCustomer": ("POST", "/v1/customers/{}/reactivate"),
    "changePolicy": ("PATCH", "/v1/policy"),
    "advanceClock": ("POST", "/v1/sandbox/clock/advance"),
}
"""Where operations are."""

_numbers = count(1)


class OverHttp:
    """Implements Driver. `dsn` is the database behind the service, for its books; `clock` the one that it goes by."""

    def __init__(self, url: str, dsn: str, clock: FileClock) -> None:
        self._dsn, self._clock = dsn, clock
        self._client = httpx.Client(base_url=url, timeout=20)
        self._threads = ThreadPoolExecutor(AT_ONCE)
        slug = f"machine-{next(_numbers)}"
        owner = {"email": OWNER, "name": "Olive", "password": PASSWORD}
        shop = {"name": "Machine", "slug": slug, "currency": "EUR", "sandbox": True, "owner": owner}
        founded = self._client.post("/v1/organizations", json=shop)
        assert founded.status_code == 201, founded.text
        self._organization = UUID(founded.json()["organization"]["id"])
        self._login = {"organization": slug, "email": OWNER, "password": PASSWORD}
        self._log_in()

    def ask(self, ask: Ask) -> Told:
        method, place = PLACES[ask.operation]
        headers = {"Prefer": "dry-run"} if ask.dry else {}
        if ask.key is not None:
            headers["Idempotency-Key"] = ask.key
        if ask.version is not None:
            headers["If-Match"] = f'"{ask.version}"'
        sent = {} if method == "DELETE" else {"json": ask.body}
        answer = self._client.request(method, place.format(ask.about), headers=headers, **sent)
        body = json.loads(answer.content or b"{}")
        slug = body["type"].rpartition("/")[2] if answer.status_code >= 400 else ""
        assert ask.dry is (answer.headers.get("Preference-Applied") == "dry-run") or slug, answer.headers
        return Told(slug, body, answer.content, answer.headers.get("Idempotency-Replayed") == "true")

    def together(self, asks: Sequence[Ask]) -> list[Told]:
        return list(self._threads.map(self.ask, asks))

    def orders(self, limit: int = 100, **filters: Any) -> list[Json]:
        return self._walk("/v1/orders", limit=limit, **filters)

    def products(self) -> list[Json]:
        return self._walk("/v1/products", limit=100)

    def timeline(self, order: str) -> list[Json]:
        return self._walk(f"/v1/orders/{order}/timeline", limit=4)

    def ledger(self, product: str) -> list[Json]:
        return self._walk(f"/v1/products/{product}/stock-adjustments", limit=20)

    def later(self, seconds: int) -> None:
        self._clock.advance(seconds=seconds)
        self._logged_in_for += seconds
        if self._logged_in_for >= OFTEN:
            self._log_in()

    def reconcile(self) -> list[str]:
        """As a worker does whose clock is the service's: the one that runs beside it goes by the database's."""
        return asyncio.run(self._reconcile([order["id"] for order in self.orders()]))

    async def _reconcile(self, orders: list[str]) -> list[str]:
        async with self._pool() as pool:
            begin, gateway = PostgresBegin(pool, self._clock, new_id), self._simulated(pool)
            return await reconciled(Paying(begin, gateway, new_id), self._organization, orders)

    def gateway(self) -> dict[str, list[Movement]]:
        return asyncio.run(self._gateway())

    async def _gateway(self) -> dict[str, list[Movement]]:
        async with self._pool() as pool:
            async with pool.serving(self._organization) as connection:
                rows = await connection.fetch("SELECT id, order_id FROM payments")
            payments = {row["id"]: str(row["order_id"]) for row in rows}
            ledger = self._simulated(pool).ledger
            return booked(payments, [entry for payment in payments for entry in await ledger.of_payment(payment)])

    def _simulated(self, pool: TenantPool) -> SimulatedGateway:
        return SimulatedGateway(PostgresLedger(pool.connection), self._clock)

    def breaches(self) -> list[str]:
        """What the books say; and what the service itself says of each order."""
        proofs = [(order["id"], self._get(f"/v1/orders/{order['id']}/proof")) for order in self.orders()]
        disproved = [f"{order}: {proof}" for order, proof in proofs if not proof["holds"]]
        return disproved + asyncio.run(self._breaches())

    async def _breaches(self) -> list[str]:
        async with self._pool() as pool:
            books = PostgresBooks(pool).of(self._organization)
            return [str(breach) async for batch in books for breach in breaches(self._organization, batch)]

    @asynccontextmanager
    async def _pool(self) -> AsyncIterator[TenantPool]:
        pool = TenantPool.to(self._dsn, size=2, patience=5)
        try:
            yield pool
        finally:
            await pool.close()

    def _log_in(self) -> None:
        token = self._client.post("/v1/auth/login", json=self._login).json()["accessToken"]
        self._client.headers["Authorization"] = f"Bearer {token}"
        self._logged_in_for = 0

    def close(self) -> None:
        self._threads.shutdown()
        self._client.close()

    def _walk(self, path: str, **query: Any) -> list[Json]:
        met: list[Json] = []
        cursor: Json = {}
        while True:
            page = self._get(path, **query, **cursor)
            met += page["data"]
            if not page["pagination"]["hasNextPage"]:
                return met
            cursor = {"cursor": page["pagination"]["endCursor"]}

    def _get(self, path: str, **query: Any) -> Json:
        answer = self._client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body
