"""A sale over HTTP: two hundred at once (by default 64) want a few hot products, of one process and of two. Whoever is
not sold to is told what is short: never that others were faster, never that the service is busy.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import pytest

from adapters.system import new_id
from tests.service.served import Served, post
from tests.trials import trials

BUYERS, STOCK, HOT = trials(200, 64), 50, 3
ROUNDS: Final = trials(50, 1)
REGRET: Final = 0.4
ADDRESS: Final = {"name": "Ada", "line1": "1 Main Street", "city": "Ghent", "postalCode": "9000", "country": "BE"}


@pytest.fixture(scope="module", params=[1, 2], ids=["one process", "two processes"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("sale"), options=("--workers", str(request.param))) as served:
        yield served


@dataclass
class Sale:
    """Products of which there is little, and what buyers are told. Every order takes one unit of each."""

    client: httpx.AsyncClient
    customer: str
    scarce: list[str]
    plenty: list[str]
    told: Counter[str] = field(default_factory=Counter)

    async def buy(self) -> str:
        """Return the path of the order, nothing where too little was left."""
        others = [(product, random.randint(1, 9)) for product in random.sample(self.plenty, random.randint(0, 2))]
        wanted = random.sample(lines := [*((product, 1) for product in self.scarce), *others], len(lines))
        items = [{"productId": product, "quantity": quantity} for product, quantity in wanted]
        answer = await self._post("/v1/orders", customerId=self.customer, items=items, shippingAddress=ADDRESS)
        if answer.status_code == 201:
            return f"/v1/orders/{answer.json()['id']}"
        if answer.status_code == 409:
            short = {shortage["productId"] for shortage in answer.json().get("shortages", [])}
            assert short <= {*self.scarce}, "refused while there was enough"
        return ""

    async def buy_and_perhaps_regret(self) -> str:
        order = await self.buy()
        if order and random.random() < REGRET:
            answer = await self._post(f"{order}/cancel")
            assert answer.status_code == 200, answer.text
            return ""
        return order

    async def _post(self, path: str, **body: Any) -> httpx.Response:
        answer = await self.client.post(path, json=body, headers={"Idempotency-Key": str(new_id())})
        said = answer.json()["type"].rpartition("/")[2] if answer.is_error else path.rpartition("/")[2]
        self.told[f"{answer.status_code} {said}"] += 1
        return answer


def _products(client: httpx.Client, *stock: int) -> list[str]:
    made = []
    for change in stock:
        product = {"sku": str(new_id()), "name": "Apple", "unitPrice": 2000, "currency": "EUR"}
        made.append(post(client, "/v1/products", product, key=str(new_id()))["id"])
        stocked = {"change": change, "reason": "received"}
        post(client, f"/v1/products/{made[-1]}/stock-adjustments", stocked, key=str(new_id()))
    return made


async def test_all_at_once_are_sold_to_or_told_what_is_short(served: Served) -> None:
    with served.client() as owner:
        buyer = {"email": f"{new_id()}@example.test", "name": "Bob"}
        customer = post(owner, "/v1/customers", buyer, key=str(new_id()))["id"]
        plenty = _products(owner, 1_000_000, 1_000_000)
        many = httpx.Limits(max_connections=BUYERS, max_keepalive_connections=BUYERS)
        async with httpx.AsyncClient(base_url=served.url, headers=owner.headers, limits=many, timeout=20) as client:
            for _ in range(ROUNDS):
                sale = Sale(client, customer, _products(owner, *[STOCK] * HOT), plenty)
                kept = [
                    order
                    for order in await asyncio.gather(*(sale.buy_and_perhaps_regret() for _ in range(BUYERS)))
                    if order
                ]
                kept += [order for order in await asyncio.gather(*(sale.buy() for _ in range(STOCK))) if order]
                print(dict(sale.told))
                assert sale.told.keys() <= {"201 orders", "200 cancel", "409 inventory-insufficient"}
                assert len(kept) == STOCK, "refused while there was enough, or oversold"
                for product in sale.scarce:
                    stock = owner.get(f"/v1/products/{product}").json()["stock"]
                    assert (stock["onHand"], stock["reserved"]) == (STOCK, STOCK)
