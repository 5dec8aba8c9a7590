"""The real use cases over the memory store, beside a model that knows none of our code: they agree at every step."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from domain.catalogue.product import Product
from domain.customers.customer import Customer
from domain.ids import OrderId
from domain.shared.errors import IllegalTransition, RulesBroken
from domain.stock import InventoryInsufficient
from tests.contract.audit import audit
from tests.contract.backend import MemoryBackend
from tests.contract.house import House
from tests.trials import trials

R = TypeVar("R")

PRICES = (1000, 2500, 700)
NEXT = {
    "pending": {"confirm": "confirmed", "cancel": "cancelled"},
    "confirmed": {"cancel": "cancelled", "ship": "shipped"},
    "shipped": {"deliver": "delivered", "send_back": "returned"},
    "delivered": {"send_back": "returned"},
    "cancelled": {},
    "returned": {},
}
ACTIONS = ("confirm", "cancel", "ship", "deliver", "send_back")
HOLDING, GONE = {"pending", "confirmed"}, {"shipped", "delivered"}


@dataclass
class Expected:
    """An order as the model sees it: how many units of which product."""

    buyer: int
    units: dict[int, int]
    status: str = "pending"
    changes: int = 1


class Shop(RuleBasedStateMachine):
    """Two buyers, three products, and whatever hypothesis thinks of; some of it at the same time."""

    placed = Bundle("placed")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.backend = MemoryBackend()
        self.house: House = self.run_(House.found(self.backend))
        self.products: list[Product] = [self.run_(self.house.product(price=price)) for price in PRICES]
        self.buyers: list[Customer] = [self.run_(self.house.customer()) for _ in range(2)]
        self.received = [0, 0, 0]
        self.suspended = [False, False]
        self.orders: list[tuple[OrderId, Expected]] = []

    def teardown(self) -> None:
        self.run_(audit(self.backend, self.house.caller.organization))
        self.runner.close()

    def run_(self, work: Coroutine[Any, Any, R]) -> R:
        return self.runner.run(work)

    @rule(n=st.integers(0, 2), change=st.integers(-10, 20).filter(bool))
    def adjust(self, n: int, change: int) -> None:
        if self.on_hand(n) + change >= self.reserved(n):
            self.run_(self.house.adjust(self.products[n].id, change))
            self.received[n] += change
        else:
            with pytest.raises(InventoryInsufficient):
                self.run_(self.house.adjust(self.products[n].id, change))

    @rule(buyer=st.integers(0, 1))
    def suspend_or_reactivate(self, buyer: int) -> None:
        able, unable = (self.house.reactivate, self.house.suspend)[:: 1 if self.suspended[buyer] else -1]
        with pytest.raises(IllegalTransition):
            self.run_(unable(self.buyers[buyer]))
        self.run_(able(self.buyers[buyer]))
        self.suspended[buyer] = not self.suspended[buyer]

    @rule(
        target=placed,
        buyer=st.integers(0, 1),
        units=st.dictionaries(st.integers(0, 2), st.integers(1, 6), min_size=1),
        dry=st.booleans(),
    )
    def place(self, buyer: int, units: dict[int, int], dry: bool) -> Any:
        house = self.house.dry if dry else self.house
        work = house.place(self.buyers[buyer], *((self.products[n], quantity) for n, quantity in units.items()))
        value = sum(PRICES[n] * quantity for n, quantity in units.items())
        if self.suspended[buyer] or value < 1000:
            with pytest.raises(RulesBroken):
                self.run_(work)
            return multiple()
        if any(quantity > self.on_hand(n) - self.reserved(n) for n, quantity in units.items()):
            with pytest.raises(InventoryInsufficient):
                self.run_(work)
            return multiple()
        order = self.run_(work)
        assert (order.state, order.total.amount) == ("pending", value)
        if dry:
            return multiple()
        self.orders.append((order.id, Expected(buyer, dict(units))))
        return len(self.orders) - 1

    @rule(which=placed, action=st.sampled_from(ACTIONS))
    def act(self, which: int, action: str) -> None:
        id_, expected = self.orders[which]
        if status := NEXT[expected.status].get(action):
            self.run_(getattr(self.house, action)(id_))
            expected.status, expected.changes = status, expected.changes + 1
        else:
            with pytest.raises(IllegalTransition):
                self.run_(getattr(self.house, action)(id_))

    @rule(which=placed, actions=st.lists(st.sampled_from(ACTIONS), min_size=2, max_size=4))
    def act_at_once(self, which: int, actions: list[str]) -> None:
        """Whatever wins, it is as if they had come one after the other, in some order."""
        id_, expected = self.orders[which]

        async def all_at_once() -> list[Any]:
            return await asyncio.gather(*(getattr(self.house, a)(id_) for a in actions), return_exceptions=True)

        outcomes = self.run_(all_at_once())
        won = sorted(
            ((outcome.version, action) for outcome, action in zip(outcomes, actions, strict=True) if is_order(outcome)),
        )
        assert all(is_order(outcome) or isinstance(outcome, IllegalTransition) for outcome in outcomes)
        for version, action in won:
            expected.status, expected.changes = NEXT[expected.status][action], expected.changes + 1
            assert version == expected.changes

    @rule(quantity=st.integers(1, 6), crowd=st.integers(2, 5), n=st.integers(0, 1))
    def buy_at_once(self, quantity: int, crowd: int, n: int) -> None:
        """As many get theirs as there is stock for."""
        free = self.on_hand(n) - self.reserved(n)
        buyer = 0

        async def all_at_once() -> list[Any]:
            buying = (self.house.place(self.buyers[buyer], (self.products[n], quantity)) for _ in range(crowd))
            return await asyncio.gather(*buying, return_exceptions=True)

        outcomes = self.run_(all_at_once())
        if self.suspended[buyer]:
            assert all(isinstance(outcome, RulesBroken) for outcome in outcomes)
            return
        orders = [outcome for outcome in outcomes if is_order(outcome)]
        assert len(orders) == min(crowd, free // quantity)
        assert sum(isinstance(outcome, InventoryInsufficient) for outcome in outcomes) == crowd - len(orders)
        self.orders += [(order.id, Expected(buyer, {n: quantity})) for order in orders]

    @invariant()
    def counters_are_what_the_model_expects(self) -> None:
        for n, product in enumerate(self.products):
            assert self.run_(self.house.counters(product.id)) == (self.on_hand(n), self.reserved(n))

    @invariant()
    def orders_are_what_the_model_expects(self) -> None:
        rows = {row["id"]: row for row in self.run_(self.house.rows("orders"))}
        assert rows.keys() == {id_ for id_, _ in self.orders}
        for id_, expected in self.orders:
            assert (rows[id_]["status"], rows[id_]["version"]) == (expected.status, expected.changes)
            assert rows[id_]["total"] == sum(PRICES[n] * quantity for n, quantity in expected.units.items())

    def reserved(self, n: int) -> int:
        return sum(order.units.get(n, 0) for _, order in self.orders if order.status in HOLDING)

    def on_hand(self, n: int) -> int:
        return self.received[n] - sum(order.units.get(n, 0) for _, order in self.orders if order.status in GONE)


def is_order(outcome: object) -> bool:
    return hasattr(outcome, "version")


class TestTheShopAgreesWithTheModel(Shop.TestCase):  # type: ignore[valid-type, misc]
    settings = settings(
        max_examples=trials(1_000, 50),
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
