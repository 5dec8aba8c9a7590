"""Confirm, cancel, ship and expire one order at once, on two servers, with money that misbehaves: one of them wins, the
way there is legal, and goods and money are where they belong.

Time passes behind the service's back: a lease ends, or an order is due, at any moment of the race.
"""

import asyncio
import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest

from adapters.http.once import REPLAYED
from adapters.payments.simulated import MODES
from adapters.system import new_id
from domain.ordering.payment import Verb
from entrypoints.keys import make_keys
from tests.adapters.postgres.shop import STOCK_DOES_NOT_ADD_UP
from tests.postgres import Database, database, server
from tests.service.served import SOURCES, Served
from tests.trials import trials

__all__ = ["database", "server"]

ROUNDS: Final = trials(1000, 8)
LANES: Final = trials(4, 2)
"""Organizations in each of which one order after the other is raced for."""

ADDRESS: Final = {"name": "Ada", "line1": "1 Main Street", "city": "Ghent", "postalCode": "9000", "country": "BE"}
PASSWORD: Final = "a long enough password"
PLENTY: Final = 1_000_000
UNITS: Final = 3
PRICE: Final = 1001
A_DAY: Final = 86_401
FRESH: Final = 300.0
"""Seconds that a token is used."""

AGAIN: Final = {"idempotency-in-progress", "payment-in-progress", "concurrent-modification", "payment-outcome-unknown"}
"""What is told to who shall come again; everything else is final."""

LEGAL: Final = re.compile(
    r"placed(?: declined)*"
    r"(?: cancelled| expired| confirmed(?: declined)*(?: cancelled| captured shipped(?: shipped)*)?)?"
)
"""Every way an order can go in such a race, by the events that tell of it."""

DUE: Final = (
    "UPDATE organizations SET clock_offset_seconds = clock_offset_seconds + 86401"
    " WHERE id = (SELECT organization_id FROM orders WHERE id = $1)"
)
OVER: Final = "UPDATE payment_operations SET lease_until = now() WHERE order_id = $1 AND outcome = 'open'"
OPEN: Final = "SELECT count(*) FROM payment_operations WHERE order_id = $1 AND outcome = 'open'"
OURS: Final = (
    "SELECT 'pay:' || payment_id || ':' || verb || ':' || position AS key, amount FROM payment_operations"
    " WHERE order_id = $1 AND outcome = 'succeeded' ORDER BY 1"
)
THEIRS: Final = (
    "SELECT key, amount, payment_id, verb FROM simulated_ledger WHERE decline_code IS NULL AND landed_at IS NOT NULL"
    " AND payment_id IN (SELECT id FROM payments WHERE order_id = $1) ORDER BY 1"
)

Json = dict[str, Any]


@pytest.fixture(scope="module")
def servers(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Served]]:
    keys = make_keys(tmp_path_factory.mktemp("keys"))
    environment = {
        **os.environ,
        **{f"{name}_FILE": str(file) for name, file in keys.items()},
        "DATABASE_URL": database.dsn,
        "ORDERWRIGHT_SIGNUP": "open",
        "ORDERWRIGHT_PUBLIC_URL": "https://orders.example.test",
        "PYTHONPATH": str(SOURCES),
    }
    both = [Served(tmp_path_factory.mktemp(name), environment=environment) for name in ("one", "two")]
    with ExitStack() as running, ThreadPoolExecutor() as threads:
        for served in threads.map(Served.__enter__, both):
            running.push(served)
        yield both


@dataclass
class Tally:
    """What was seen, by how often."""

    answers: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)


@dataclass
class Lane:
    """An organization, whose orders are raced for one after the other."""

    servers: list[Served]
    client: httpx.AsyncClient
    behind: asyncpg.Pool
    chance: random.Random
    tally: Tally
    slug: str = field(default_factory=lambda: f"lane-{new_id().hex}")
    organization: str = ""
    product: str = ""
    customer: str = ""
    token: str = ""
    token_since: float = 0.0

    async def send(self, path: str, body: Json, key: str | None = None) -> httpx.Response:
        """To either server."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or str(new_id())}
        url = self.chance.choice(self.servers).url
        return await self.client.post(f"{url}/v1{path}", json=body, headers=headers if self.token else {})

    async def get(self, path: str) -> Json:
        url = self.chance.choice(self.servers).url
        answer = await self.client.get(f"{url}/v1{path}", headers={"Authorization": f"Bearer {self.token}"})
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    async def make(self, path: str, body: Json) -> Json:
        answer = await self.send(path, body)
        assert answer.is_success, answer.text
        made: Json = answer.json()
        return made

    async def open(self) -> None:
        owner = {"email": "owner@example.test", "name": "Olive", "password": PASSWORD}
        founded = {"name": "Lane", "slug": self.slug, "currency": "EUR", "sandbox": True, "owner": owner}
        self.organization = (await self.make("/organizations", founded))["organization"]["id"]
        await self.log_in()
        product = {"sku": "ONE", "name": "Apple", "unitPrice": PRICE, "currency": "EUR"}
        self.product = (await self.make("/products", product))["id"]
        await self.make(f"/products/{self.product}/stock-adjustments", {"change": PLENTY, "reason": "received"})
        self.customer = (await self.make("/customers", {"email": "buyer@example.test", "name": "Bob"}))["id"]

    async def log_in(self) -> None:
        if time.monotonic() - self.token_since > FRESH or not self.token:
            self.token = ""
            login = {"organization": self.slug, "email": "owner@example.test", "password": PASSWORD}
            self.token = (await self.make("/auth/login", login))["accessToken"]
            self.token_since = time.monotonic()

    async def race(self) -> None:
        """One order, one race, and what must be so when the dust has settled."""
        await self.log_in()
        mode = self.chance.choice(sorted(MODES))
        items = [{"productId": self.product, "quantity": UNITS}]
        draft = {"customerId": self.customer, "items": items, "shippingAddress": ADDRESS}
        race = Race(self, await self.make("/orders", draft), mode)
        if self.chance.random() < 0.3:
            await race.ask("confirm", {"paymentMethod": mode})
        await race.run()
        await race.check()
        self.tally.modes[mode] += 1


@dataclass
class Race:
    lane: Lane
    order: Json
    mode: str
    final: dict[str, list[httpx.Response]] = field(default_factory=lambda: {"confirm": [], "cancel": [], "ship": []})

    @property
    def path(self) -> str:
        return f"/orders/{self.order['id']}"

    async def ask(self, verb: str, body: Json, *, patience: float = 0.0) -> None:
        """Ask, and come again under the same key until there is a final answer."""
        key = str(new_id())
        async with asyncio.timeout(60):
            while slug := self.told(verb, answer := await self.lane.send(f"{self.path}/{verb}", body, key)):
                if slug == "payment-outcome-unknown":
                    await asyncio.sleep(patience)
                    await self.behind(OVER)
                await asyncio.sleep(self.lane.chance.uniform(0.01, 0.05))
        self.final[verb].append(answer)
        again = await self.lane.send(f"{self.path}/{verb}", body, key)
        assert (again.content, again.headers[REPLAYED]) == (answer.content, "true"), "it is told to who asks again"

    def told(self, verb: str, answer: httpx.Response) -> str | None:
        """Return why one shall come again; None, where the answer is final."""
        slug = "done" if answer.is_success else answer.json()["type"].rpartition("/")[2]
        self.lane.tally.answers[f"{verb} {answer.status_code} {slug}"] += 1
        assert answer.status_code < 500 or (slug == "payment-outcome-unknown" and not MODES[self.mode].answered), (
            self.mode,
            answer.text,
        )
        assert slug in AGAIN | {"done", "invalid-state-transition", "business-rule-violation", "payment-failed"}, slug
        assert slug != "payment-failed" or MODES[self.mode].declines, self.mode
        return slug if slug in AGAIN else None

    async def run(self) -> None:
        """Three of those who want something of the order, its end by one clock or the other, and perhaps a lease that
        ends in the midst of it, each at a moment of its own.
        """
        chance, confirm = self.lane.chance, {"paymentMethod": self.mode}
        some = {"lines": [{"lineId": self.order["lines"][0]["id"], "quantity": 1}]}
        patience = chance.choice([0.0, 0.0, 1.5])  # with some, the reconciler is there first
        asked = [("confirm", confirm), ("confirm", {"paymentMethod": "pm_ok"}), ("cancel", {}), ("ship", some)]
        racers = [partial(self.ask, *one, patience=patience) for one in chance.sample([*asked, ("ship", {})], 3)]
        racers.append(chance.choice([self.by_its_clock, partial(self.behind, DUE)]))
        racers += [partial(self.behind, OVER)] * (chance.random() < 0.4)
        await asyncio.gather(*(self.after(chance.choice([0.0, 0.0, 0.02, 0.1, 0.3]), racer) for racer in racers))

    async def behind(self, statement: str) -> None:
        await self.lane.behind.execute(statement, self.order["id"])

    async def by_its_clock(self) -> None:
        await self.lane.make("/sandbox/clock/advance", {"seconds": A_DAY})

    @staticmethod
    async def after(seconds: float, racer: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(seconds)
        await racer()

    async def check(self) -> None:
        behind = self.lane.behind
        async with asyncio.timeout(30):
            while await behind.fetchval(OPEN, self.order["id"]):
                await self.behind(OVER)
                await asyncio.sleep(0.05)
        order = await self.lane.get(self.path)
        happened = [one["type"].partition(".")[2] for one in (await self.lane.get(f"{self.path}/timeline"))["data"]]
        assert LEGAL.fullmatch(" ".join(happened)), happened
        self.one_answer_for_each_event(Counter(happened))
        proof = await self.lane.get(f"{self.path}/proof")
        assert proof["holds"], [check for check in proof["checks"] if not check["holds"]]
        await self.money(order)
        assert await behind.fetch(STOCK_DOES_NOT_ADD_UP, self.lane.organization) == []
        self.lane.tally.ends[f"{order['status']} {order['fulfilmentStatus']} {order['paymentStatus']}"] += 1
        self.lane.tally.ways[" ".join(happened)] += 1

    def one_answer_for_each_event(self, happened: Counter[str]) -> None:
        """Who is told that it was done, did it; and nobody else did."""
        done = {verb: sum(answer.is_success for answer in final) for verb, final in self.final.items()}
        assert done == {"confirm": happened["confirmed"], "cancel": happened["cancelled"], "ship": happened["shipped"]}
        declined = sum(answer.status_code == 402 for final in self.final.values() for answer in final)
        assert declined == happened["declined"]

    async def money(self, order: Json) -> None:
        """The gateway's books are ours, and what they say is what the order's state stands for."""
        ours = [tuple(row) for row in await self.lane.behind.fetch(OURS, self.order["id"])]
        rows = await self.lane.behind.fetch(THEIRS, self.order["id"])
        assert [(row["key"], row["amount"]) for row in rows] == ours
        moved = Counter[str]()
        for row in rows:
            moved[row["verb"]] += row["amount"]
        left = sum(line["shipped"] for line in order["lines"])
        total = UNITS * PRICE
        assert moved[Verb.CAPTURE] == (total if left else 0)
        assert moved[Verb.AUTHORIZE] - moved[Verb.VOID] == (total if order["status"] in {"confirmed", "shipped"} else 0)
        assert moved[Verb.REFUND] == 0
        assert max(Counter((row["payment_id"], row["verb"]) for row in rows).values(), default=1) == 1


async def test_whoever_wins_goods_and_money_are_where_they_belong(servers: list[Served], database: Database) -> None:
    tally, began = Tally(), time.monotonic()

    async def run(seed: int) -> None:
        lane = Lane(servers, client, behind, random.Random(seed), tally)
        await lane.open()
        for _ in range(ROUNDS // LANES):
            await lane.race()

    fresh = httpx.Limits(max_keepalive_connections=0)
    async with (
        asyncpg.create_pool(database.superuser, min_size=1) as behind,
        httpx.AsyncClient(timeout=30, limits=fresh) as client,
    ):
        await asyncio.gather(*map(run, range(LANES)))
    assert tally.modes.total() == ROUNDS
    tell(tally, time.monotonic() - began)


def tell(tally: Tally, seconds: float) -> None:
    """Write the figures to the file that `ORDERWRIGHT_FIGURES` names, if it does."""
    if file := os.environ.get("ORDERWRIGHT_FIGURES"):
        seen = {"rounds": ROUNDS, "s": round(seconds, 1), **vars(tally)}
        Path(file).write_text(json.dumps(seen, indent=1, sort_keys=True))
