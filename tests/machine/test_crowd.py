"""A crowd that wants what there is too little of: who is refused, is refused for that and hears of nothing else."""

import random
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Final

import pytest

from tests.machine.driver import Ask, Driver, Json, Told
from tests.machine.in_memory import InMemory
from tests.trials import trials

BUYERS: Final = trials(200, 60)
STOCK: Final = 50
EACH: Final = (1, 3)
"""How many units everybody wants, in turns."""

ADDRESS: Final = {"name": "Ada", "line1": "1 Main Street", "city": "Ghent", "postalCode": "9000", "country": "BE"}
_keys = count()


@pytest.fixture(params=["memory", "http"])
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    driver: Driver = InMemory() if request.param == "memory" else request.getfixturevalue("over_http")()
    yield driver
    assert driver.breaches() == []
    driver.close()


class Sale:
    """One round: 50 units of something that everybody wants, among other things of which there is plenty."""

    def __init__(self, driver: Driver, customer: str, plenty: list[str], each: int) -> None:
        self.driver, self.customer, self.plenty, self.each = driver, customer, plenty, each
        self.scarce = product(driver, STOCK)
        self.sold: list[str] = []

    def buy(self, crowd: int, regrets: int = 0) -> None:
        """So many place an order, and so many of those who have one cancel it: all at the same time."""
        cancels = [self.sold.pop(random.randrange(len(self.sold))) for _ in range(min(regrets, len(self.sold)))]
        asks = [Ask("placeOrder", body=self.wish(), key=key()) for _ in range(crowd)]
        asks += [Ask("cancelOrder", about=order, key=key()) for order in cancels]
        random.shuffle(asks)
        for ask, told in zip(asks, answered(self.driver, asks), strict=True):
            if ask.operation == "cancelOrder":
                assert not told.slug, told
            elif not told.slug:
                self.sold.append(told.body["id"])
            else:
                assert told.slug == "inventory-insufficient", told
                [short] = told.body["shortages"]
                assert short["productId"] == self.scarce
                assert short["available"] < self.each, "refused while there was enough"

    def wish(self) -> Json:
        wanted = [(self.scarce, self.each)]
        wanted += [(other, random.randint(1, 9)) for other in random.sample(self.plenty, random.randint(0, 4))]
        random.shuffle(wanted)
        items = [{"productId": one, "quantity": quantity} for one, quantity in wanted]
        return {"customerId": self.customer, "items": items, "shippingAddress": ADDRESS}

    def check(self) -> None:
        """What is reserved is what those hold who have not cancelled."""
        [stock] = [product["stock"] for product in self.driver.products() if product["id"] == self.scarce]
        held = len(self.sold) * self.each
        assert stock == {"onHand": STOCK, "reserved": held, "available": STOCK - held}


def test_nobody_is_refused_what_is_there_and_nobody_gets_what_is_not(driver: Driver) -> None:
    customer = made(driver, "createCustomer", {"email": "crowd@example.test", "name": "Crowd"})
    plenty = [product(driver, 1_000_000) for _ in range(5)]
    for number in range(trials(50, 2)):
        sale = Sale(driver, customer, plenty, EACH[number % len(EACH)])
        sale.buy(BUYERS)
        sale.check()
        assert len(sale.sold) == STOCK // sale.each
        sale.buy(BUYERS // 2, regrets=len(sale.sold) // 2)
        sale.check()
        sale.buy(STOCK)
        sale.check()
        assert len(sale.sold) == STOCK // sale.each, "what was cancelled is sold again"


def answered(driver: Driver, asks: list[Ask]) -> list[Told]:
    """Ask for all of it at once. Who is told to come again, comes again with the same key."""
    told = driver.together(asks)
    for _ in range(20):
        again = [place for place, one in enumerate(told) if one.slug == "service-unavailable"]
        for place, one in zip(again, driver.together([asks[place] for place in again]), strict=True):
            told[place] = one
    assert not {"internal-error", "concurrent-modification"} & Counter(one.slug for one in told).keys()
    return told


def product(driver: Driver, stock: int) -> str:
    named = key()
    body = {"sku": named, "name": named, "unitPrice": 1000, "currency": "EUR"}
    own = made(driver, "createProduct", body)
    driver.ask(Ask("adjustStock", own, {"change": stock, "reason": "received"}, key=key()))
    return own


def made(driver: Driver, operation: str, body: Json) -> str:
    told = driver.ask(Ask(operation, body=body, key=key()))
    assert not told.slug, told
    return str(told.body["id"])


def key() -> str:
    return f"crowd-{next(_keys):012}"
