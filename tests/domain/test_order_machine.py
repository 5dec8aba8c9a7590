"""Many orders share a few products' stock, and a model that knows none of our code agrees with every step."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.catalogue.product import AdjustmentReason, Product
from domain.ids import AdjustmentId, LineId, OrderId
from domain.ordering.draft import Draft, Item
from domain.ordering.facts import Policy
from domain.ordering.order import CancelledBy, Order
from domain.shared.errors import IllegalTransition
from domain.shared.money import Money
from domain.stock import InventoryInsufficient, Move, Stock
from tests.domain.examples import EUR, NOW, RETURN, SHIPMENT, basket, draft, offer, product
from tests.strategies import take
from tests.trials import trials

PRODUCTS = (0, 1, 2)
NEXT = {
    "pending": {"confirm": "confirmed", "cancel": "cancelled"},
    "confirmed": {"ship": "shipped", "cancel": "cancelled"},
    "shipped": {"deliver": "delivered", "send_back": "returned"},
    "delivered": {"send_back": "returned"},
    "cancelled": {},
    "returned": {},
}
WORDS = {
    "confirm": {"payment_method": "pm_ok"},
    "cancel": {"by": CancelledBy.MEMBER, "reason": None},
    "ship": {"id": SHIPMENT, "carrier": None, "tracking_number": None},
    "deliver": {},
    "send_back": {"id": RETURN, "reason": None},
}
wishes = st.dictionaries(st.sampled_from(PRODUCTS), st.integers(1, 6), min_size=1)


@dataclass
class Expected:
    """An order as the model sees it: `units` by product, and what all of it costs."""

    state: str
    units: dict[int, int]
    total: int
    changes: int = 1


class OrdersAndStock(RuleBasedStateMachine):
    """Real orders whose events move plain counters, beside expected orders from whose states the counters follow."""

    def __init__(self) -> None:
        super().__init__()
        self.at = NOW
        self.prices = dict.fromkeys(PRODUCTS, 100)
        self.on_hand = dict.fromkeys(PRODUCTS, 0)
        self.reserved = dict.fromkeys(PRODUCTS, 0)
        self.real: list[Order] = []
        self.received = dict.fromkeys(PRODUCTS, 0)
        self.expected: list[Expected] = []

    @initialize(
        counts=st.tuples(*(st.integers(8, 40) for _ in PRODUCTS)), first=st.lists(wishes, min_size=2, max_size=6)
    )
    def open_the_shop(self, counts: tuple[int, ...], first: list[dict[int, int]]) -> None:
        for n, count in zip(PRODUCTS, counts, strict=True):
            self.adjust(n, count)
        for units in first:
            self.place(units)

    @rule(n=st.sampled_from(PRODUCTS), change=st.integers(-12, 12).filter(bool))
    def adjust(self, n: int, change: int) -> None:
        possible = self.expected_on_hand(n) + change >= self.expected_reserved(n)
        before = self.product(n)
        if possible:
            after = self.adjusted(before, change)
            self.apply(after.events[-1].moves)
            self.received[n] += change
            assert after.stock == Stock(on_hand=self.on_hand[n], reserved=self.reserved[n])
        else:
            with pytest.raises(InventoryInsufficient):
                self.adjusted(before, change)

    @rule(n=st.sampled_from(PRODUCTS), price=st.integers(0, 500))
    def change_the_price(self, n: int, price: int) -> None:
        self.prices[n] = price

    @rule(units=wishes)
    def place(self, units: dict[int, int]) -> None:
        short = {
            product(n): (wanted, free)
            for n, wanted in units.items()
            if wanted > (free := self.expected_on_hand(n) - self.expected_reserved(n))
        }
        if short:
            with pytest.raises(InventoryInsufficient) as refused:
                self.placing(units)
            assert {s.product_id: (s.requested, s.available) for s in refused.value.shortages} == short
            return
        order = self.placing(units)
        self.apply(order.events[-1].moves)
        self.real.append(order)
        value = sum(self.prices[n] * quantity for n, quantity in units.items())
        self.expected.append(Expected("pending", units, value))

    @precondition(lambda self: self.unfinished())
    @rule(picks=st.lists(st.tuples(st.integers(0, 99), st.sampled_from((0, 0, 1))), min_size=1, max_size=12))
    def go_on(self, picks: list[tuple[int, int]]) -> None:
        for one, way in picks:
            if unfinished := self.unfinished():
                which = unfinished[one % len(unfinished)]
                ways = list(NEXT[self.expected[which].state])
                self.act(which, ways[way % len(ways)])

    def act(self, which: int, action: str) -> None:
        self.at += timedelta(minutes=1)
        order, expected = self.real[which], self.expected[which]
        after = take(order, action, at=self.at, **WORDS[action])
        assert after.events[:-1] == order.events
        self.apply(after.events[-1].moves)
        self.real[which] = after
        expected.state = NEXT[expected.state][action]
        expected.changes += 1

    @invariant()
    def what_an_order_cannot_do_is_refused(self) -> None:
        for order, expected in zip(self.real, self.expected, strict=True):
            for action in WORDS.keys() - NEXT[expected.state].keys():
                with pytest.raises(IllegalTransition) as refused:
                    take(order, action, at=self.at, **WORDS[action])
                assert refused.value.current == expected.state

    @invariant()
    def every_order_is_where_the_model_expects_it(self) -> None:
        for order, expected in zip(self.real, self.expected, strict=True):
            assert order.state == expected.state
            assert order.version == expected.changes
            assert len(order.events) == expected.changes
            assert order.total == Money(expected.total, EUR)
            assert {line.product_id: line.quantity for line in order.lines} == {
                product(n): quantity for n, quantity in expected.units.items()
            }

    @invariant()
    def nothing_is_sold_that_is_not_there(self) -> None:
        assert all(0 <= self.reserved[n] <= self.on_hand[n] for n in PRODUCTS)

    @invariant()
    def reserved_is_what_pending_and_confirmed_orders_hold(self) -> None:
        assert self.reserved == {n: self.expected_reserved(n) for n in PRODUCTS}

    @invariant()
    def on_hand_is_what_was_received_and_has_not_left(self) -> None:
        assert self.on_hand == {n: self.expected_on_hand(n) for n in PRODUCTS}

    def unfinished(self) -> list[int]:
        return [which for which, order in enumerate(self.expected) if NEXT[order.state]]

    def expected_reserved(self, n: int) -> int:
        return sum(order.units.get(n, 0) for order in self.expected if order.state in {"pending", "confirmed"})

    def expected_on_hand(self, n: int) -> int:
        left = sum(order.units.get(n, 0) for order in self.expected if order.state in {"shipped", "delivered"})
        return self.received[n] - left

    def apply(self, moves: tuple[Move, ...]) -> None:
        for move in moves:
            n = next(n for n in PRODUCTS if product(n) == move.product)
            self.on_hand[n] += move.on_hand
            self.reserved[n] += move.reserved

    def product(self, n: int) -> Product:
        new = Product.create(product(n), sku="S", name="N", unit_price=Money(self.prices[n], EUR), at=self.at)
        return replace(new, stock=Stock(on_hand=self.on_hand[n], reserved=self.reserved[n]))

    def adjusted(self, there: Product, change: int) -> Product:
        own = AdjustmentId(UUID(int=1))
        return there.adjust(own, change=change, reason=AdjustmentReason.CORRECTION, note=None, at=self.at)

    def placing(self, units: dict[int, int]) -> Order:
        offers = (offer(n, self.prices[n], available=self.on_hand[n] - self.reserved[n]) for n in PRODUCTS)
        return basket(*offers, policy=Policy(minimum_order_value=0)).place(self.wanted(units), at=self.at)

    def wanted(self, units: dict[int, int]) -> Draft:
        items = (
            Item(line_id=LineId(UUID(int=0x2000 + n)), product_id=product(n), quantity=quantity)
            for n, quantity in units.items()
        )
        return replace(draft(), id=OrderId(UUID(int=len(self.real) + 1)), items=tuple(items))


class TestOrdersAndStockAgreeWithTheModel(OrdersAndStock.TestCase):
    settings = settings(
        max_examples=trials(2_000, 20),
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
