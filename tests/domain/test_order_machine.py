"""Many orders share a few products' stock, and a model that knows none of our code agrees with every step."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.catalogue.product import AdjustmentReason, Product
from domain.ids import AdjustmentId, LineId, OrderId, ReturnId, ShipmentId
from domain.ordering.draft import Draft, Item
from domain.ordering.order import CancelledBy, Order
from domain.ordering.parcels import ReturnLine, ShipmentLine
from domain.ordering.policy import Policy
from domain.shared.errors import IllegalTransition, RulesBroken
from domain.shared.money import Money
from domain.stock import InventoryInsufficient, Move, Stock
from tests.domain.examples import EUR, NOW, RETURN, SHIPMENT, basket, draft, offer, product
from tests.domain.units import Units
from tests.strategies import take
from tests.trials import trials

PRODUCTS = (0, 1, 2)
WORDS = {
    "confirm": {"payment_method": "pm_ok"},
    "cancel": {"by": CancelledBy.MEMBER, "reason": None},
    "ship": {"id": SHIPMENT, "carrier": None, "tracking_number": None},
    "deliver": {},
    "send_back": {"id": RETURN, "reason": None},
}
wishes = st.dictionaries(st.sampled_from(PRODUCTS), st.integers(1, 6), min_size=1)
some_units = st.dictionaries(st.sampled_from(PRODUCTS), st.integers(1, 4), min_size=1)
which = st.integers(0, 99)


def line(n: int) -> LineId:
    return LineId(UUID(int=0x2000 + n))


@dataclass
class Expected:
    """An order as the model sees it: where its `units` are, and what all of it costs."""

    units: Units
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
        self.expected.append(Expected(Units.of(units), value))

    @precondition(lambda self: self.able_to("confirm", "cancel", "ship", "deliver", "send_back"))
    @rule(picks=st.lists(st.tuples(which, st.sampled_from((0, 0, 1))), min_size=1, max_size=12))
    def go_on(self, picks: list[tuple[int, int]]) -> None:
        """All that is left, of whichever orders."""
        for one, way in picks:
            if unfinished := self.able_to(*WORDS):
                order = unfinished[one % len(unfinished)]
                ways = [verb for verb in ("confirm", "ship", "deliver", "send_back", "cancel") if self.can(order, verb)]
                self.act(order, ways[way % len(ways)])

    def act(self, one: int, action: str) -> None:
        self.step(one, action, **WORDS[action])
        units = self.expected[one].units
        match action:
            case "confirm":
                units.decided = "confirmed"
            case "cancel":
                units.decided = "cancelled"
            case "ship":
                units.ship(+units.house)
            case "deliver":
                for parcel in range(len(units.parcels)):
                    units.deliver(parcel)
            case "send_back":
                units.send_back(units.way + units.customer, Counter())

    @precondition(lambda self: self.able_to("ship"))
    @rule(one=which, wanted=some_units)
    def ship_some(self, one: int, wanted: dict[int, int]) -> None:
        one = self.pick(one, "ship")
        units = self.expected[one].units
        lines = tuple(ShipmentLine(line_id=line(n), quantity=quantity) for n, quantity in wanted.items())
        own = ShipmentId(UUID(int=0x5000 + len(units.parcels)))
        if self.step(one, "ship", **{**WORDS["ship"], "id": own}, lines=lines, at_most=units.house, wanted=wanted):
            units.ship(Counter(wanted))

    @precondition(lambda self: self.able_to("deliver"))
    @rule(one=which, parcel=which)
    def deliver_one(self, one: int, parcel: int) -> None:
        one = self.pick(one, "deliver")
        units = self.expected[one].units
        parcel %= len(units.parcels)
        own = self.real[one].shipments[parcel].id
        if units.arriving(parcel):
            self.step(one, "deliver", shipment_id=own)
            units.deliver(parcel)
            return
        with pytest.raises(IllegalTransition) as refused:
            self.real[one].deliver(at=self.at, shipment_id=own)
        [block] = refused.value.blocked_by
        assert block.code == ("already-delivered" if units.parcels[parcel][1] else "nothing-on-the-way")

    @precondition(lambda self: self.able_to("send_back"))
    @rule(one=which, wanted=some_units, lost=st.sets(st.sampled_from(PRODUCTS)))
    def return_some(self, one: int, wanted: dict[int, int], lost: set[int]) -> None:
        one = self.pick(one, "send_back")
        units = self.expected[one].units
        lines = tuple(ReturnLine(line_id=line(n), quantity=q, restock=n not in lost) for n, q in wanted.items())
        own, out = ReturnId(UUID(int=0x6000 + len(self.real[one].returns))), units.way + units.customer
        if self.step(one, "send_back", id=own, reason=None, lines=lines, at_most=out, wanted=wanted):
            units.send_back(Counter(wanted), Counter({n: q for n, q in wanted.items() if n in lost}))

    def step(
        self,
        one: int,
        action: str,
        *,
        at_most: Counter[int] | None = None,
        wanted: dict[int, int] | None = None,
        **words: Any,
    ) -> bool:
        """Do it, unless the model says that more than there is, `at_most`, is `wanted`: then see every such line named.

        Returns whether it was done.
        """
        self.at += timedelta(minutes=1)
        order = self.real[one]
        if at_most is not None and (excess := self.excess(one, wanted or {}, at_most)):
            with pytest.raises(RulesBroken) as refused:
                take(order, action, at=self.at, **words)
            assert [(v.pointer, v.code) for v in refused.value.violations] == excess
            return False
        after = take(order, action, at=self.at, **words)
        assert after.events[:-1] == order.events
        self.apply(after.events[-1].moves)
        self.real[one] = after
        self.expected[one].changes += 1
        return True

    def excess(self, one: int, wanted: dict[int, int], at_most: Counter[int]) -> list[tuple[str, str]]:
        of_the_order = self.expected[one].units.wanted
        strange = [(f"/lines/{i}/lineId", "line-not-found") for i, n in enumerate(wanted) if n not in of_the_order]
        too_many = [
            (f"/lines/{i}/quantity", "quantity-exceeds-remaining")
            for i, (n, quantity) in enumerate(wanted.items())
            if n in of_the_order and quantity > at_most[n]
        ]
        return strange + too_many

    @invariant()
    def what_an_order_cannot_do_is_refused(self) -> None:
        for order, expected in zip(self.real, self.expected, strict=True):
            for action in WORDS.keys() - expected.units.verbs:
                with pytest.raises(IllegalTransition) as refused:
                    take(order, action, at=self.at, **WORDS[action])
                assert refused.value.current == expected.units.state

    @invariant()
    def every_order_is_where_the_model_expects_it(self) -> None:
        for order, expected in zip(self.real, self.expected, strict=True):
            assert order.state == expected.units.state
            assert order.version == expected.changes
            assert len(order.events) == expected.changes
            assert order.total == Money(expected.total, EUR)

    @invariant()
    def every_unit_is_where_the_model_expects_it(self) -> None:
        for order, expected in zip(self.real, self.expected, strict=True):
            units = expected.units
            seen = {li.id: (li.quantity, li.to_ship, li.on_the_way, li.kept, li.returned) for li in order.lines}
            assert seen == {
                line(n): (quantity, units.house[n], units.way[n], units.customer[n], units.back[n])
                for n, quantity in units.wanted.items()
            }
            assert all(li.returned >= li.recalled >= 0 for li in order.lines)

    @invariant()
    def shipments_and_returns_add_up_to_the_counters(self) -> None:
        for order in self.real:
            sent, arrived, back = Counter[LineId](), Counter[LineId](), Counter[LineId]()
            for shipment in order.shipments:
                sent.update({packed.line_id: packed.quantity for packed in shipment.lines})
            for event in order.events:
                arrived.update({units.line_id: units.quantity for units in getattr(event, "lines", ())})
            for returned in order.returns:
                back.update({units.line_id: units.quantity for units in returned.lines})
            for li in order.lines:
                assert (sent[li.id], arrived[li.id], back[li.id]) == (li.shipped, li.delivered, li.returned)

    @invariant()
    def parcels_have_arrived_as_the_model_expects_it(self) -> None:
        for order, expected in zip(self.real, self.expected, strict=True):
            arrived = [shipment.delivered_at is not None for shipment in order.shipments]
            assert arrived == [delivered for _, delivered in expected.units.parcels]

    @invariant()
    def nothing_is_sold_that_is_not_there(self) -> None:
        assert all(0 <= self.reserved[n] <= self.on_hand[n] for n in PRODUCTS)

    @invariant()
    def reserved_is_what_is_still_to_be_shipped(self) -> None:
        assert self.reserved == {n: self.expected_reserved(n) for n in PRODUCTS}

    @invariant()
    def on_hand_is_what_was_received_and_has_not_left(self) -> None:
        assert self.on_hand == {n: self.expected_on_hand(n) for n in PRODUCTS}

    def can(self, one: int, verb: str) -> bool:
        return verb in self.expected[one].units.verbs

    def able_to(self, *verbs: str) -> list[int]:
        return [one for one in range(len(self.real)) if any(self.can(one, verb) for verb in verbs)]

    def pick(self, one: int, verb: str) -> int:
        able = self.able_to(verb)
        return able[one % len(able)]

    def expected_reserved(self, n: int) -> int:
        return sum(order.units.held[n] for order in self.expected)

    def expected_on_hand(self, n: int) -> int:
        return self.received[n] - sum(order.units.gone[n] for order in self.expected)

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
        items = (Item(line_id=line(n), product_id=product(n), quantity=quantity) for n, quantity in units.items())
        return replace(draft(), id=OrderId(UUID(int=len(self.real) + 1)), items=tuple(items))


class TestOrdersAndStockAgreeWithTheModel(OrdersAndStock.TestCase):
    settings = settings(
        max_examples=trials(2_000, 20),
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
