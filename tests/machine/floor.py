"""The shop as the machine has it: what it knows, how it asks, and how what it is shown is compared with the model."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.machine.driver import Ask, Driver, Json, Told
from tests.machine.model import HOUR, VERBS, Items, Model, Placed, Shelf
from tests.machine.money import LEASE

PRICES: Final = (1000, 2500, 700, 40)
BUYERS: Final = 2
UNKNOWN: Final = "0190a0a0-0000-7000-8000-000000000000"
ADDRESS: Final = {"name": "Ada", "line1": "1 Loop Road", "city": "Leeds", "postalCode": "LS1", "country": "GB"}
FORGOTTEN: Final = {
    "resource-not-found",
    "idempotency-in-progress",
    "idempotency-key-reuse",
    "payment-in-progress",
    "payment-outcome-unknown",
}
"""Problems that no key keeps."""

which = st.integers(0, 99)
_keys = count()


@dataclass(frozen=True)
class Unheard:
    """What was asked for without an answer, and until which second whoever did it is left alone."""

    ask: Ask
    until: int


class Floor(RuleBasedStateMachine):
    """Two buyers and four products; what is done with them, others say."""

    def __init__(self, open_shop: Callable[[], Driver]) -> None:
        super().__init__()
        self.driver = open_shop()
        self.model = Model([Shelf(price) for price in PRICES], [False] * BUYERS)
        self.sent: list[tuple[Ask, Told]] = []
        self.unheard: dict[str, Unheard] = {}
        self.products = [self.made("createProduct", self.product(n)) for n in range(len(PRICES))]
        self.buyers = [
            self.made("createCustomer", {"email": f"b{n}@example.test", "name": "Bo"}) for n in range(BUYERS)
        ]

    def teardown(self) -> None:
        try:
            if sys.exception() is None:  # else they have parted already
                self.at_the_end()
        finally:
            self.driver.close()

    def at_the_end(self) -> None:
        self.everything_is_found()
        self.every_ledger_adds_up()
        self.every_timeline_is_told()
        assert self.driver.breaches() == []

    # What is compared

    @invariant()
    def orders_are_as_the_model_expects(self) -> None:
        seen = {order["id"]: order for order in self.driver.orders()}
        assert seen.keys() == self.model.orders.keys()
        for id_, order in seen.items():
            self.check(order, self.model.orders[id_])

    @invariant()
    def products_are_as_the_model_expects(self) -> None:
        seen = {product["id"]: product for product in self.driver.products()}
        for n, id_ in enumerate(self.products):
            shelf, on_hand, reserved = self.model.shelves[n], self.model.on_hand(n), self.model.reserved(n)
            stock = {"onHand": on_hand, "reserved": reserved, "available": on_hand - reserved}
            status = "archived" if shelf.archived else "active"
            product = seen[id_]
            assert (product["unitPrice"], product["status"], product["version"]) == (shelf.price, status, shelf.version)
            assert product["stock"] == stock

    def everything_is_found(self) -> None:
        """Whatever is asked for, those come that the model knows and no others, each once, in the order asked for."""
        orders = self.model.orders
        totals = sorted(order.total for order in orders.values())
        middle = totals[len(totals) // 2] if totals else 0
        asked: list[tuple[Json, Callable[[Placed], bool]]] = [
            ({}, lambda _: True),
            ({"status": ["pending", "cancelled"]}, lambda order: order.status in ("pending", "cancelled")),
            *(({"status": [status]}, lambda order, s=status: order.status == s) for status in STATUSES),
            *(({"customerId": id_}, lambda order, n=n: order.buyer == n) for n, id_ in enumerate(self.buyers)),
            *(({"productId": id_}, lambda order, n=n: n in order.units.wanted) for n, id_ in enumerate(self.products)),
            ({"totalFrom": middle, "sort": "total"}, lambda order: order.total >= middle),
            ({"totalTo": middle, "sort": "-total"}, lambda order: order.total < middle),
        ]
        for filters, wanted in asked:
            met = self.driver.orders(limit=4, **filters)
            assert sorted(order["id"] for order in met) == sorted(id_ for id_, order in orders.items() if wanted(order))
            by = filters.get("sort", "-createdAt")
            places = [(order[by.removeprefix("-")], order["id"]) for order in met]
            assert places == sorted(places, reverse=by.startswith("-"))

    def every_ledger_adds_up(self) -> None:
        for n, id_ in enumerate(self.products):
            moves = self.driver.ledger(id_)
            assert sum(move["onHand"] for move in moves) == self.model.on_hand(n)
            assert sum(move["reserved"] for move in moves) == self.model.reserved(n)
            assert sum(move["change"] or 0 for move in moves) == self.model.shelves[n].received

    def every_timeline_is_told(self) -> None:
        for id_, order in self.model.orders.items():
            told = self.driver.timeline(id_)
            assert [event["sequence"] for event in told] == list(range(1, len(told) + 1))
            assert [event["type"] for event in told] == order.told
            assert order.seen is not None
            self.check(told[-1]["data"], order.seen, as_seen=False)

    def check(self, body: Json, order: Placed, *, as_seen: bool = True) -> None:
        """An order as it is shown, beside the one that the model expects; `as_seen` by somebody who may act."""
        heaps = order.units
        assert (body["status"], body["version"], body["total"]) == (order.status, order.version, order.total)
        assert (body["fulfilmentStatus"], body["returnStatus"]) == (order.fulfilment, order.sent_back)
        assert (body["note"], body["shippingAddress"]["city"]) == (order.note, order.city)
        assert body["customerId"] == self.buyers[order.buyer]
        lines = {self.products.index(line["productId"]): line for line in body["lines"]}
        names = ("unitPrice", "quantity", "shipped", "delivered", "returned")
        assert {n: tuple(line[name] for name in names) for n, line in lines.items()} == {
            n: (order.prices[n], quantity, order.shipped[n], order.arrived[n], heaps.back[n])
            for n, quantity in heaps.wanted.items()
        }
        assert [parcel["deliveredAt"] is not None for parcel in body["shipments"]] == [at for _, at in heaps.parcels]
        assert [back["refund"] for back in body["returns"]] == order.refunds
        self.check_money(body, order)
        assert (body["cancellation"] or {}).get("by") == order.cancelled_by
        waits = datetime.fromisoformat(body["expiresAt"]) - datetime.fromisoformat(body["createdAt"])
        assert waits.total_seconds() == order.hours * HOUR
        if as_seen:
            assert {one["action"] for one in body["actions"]} == set(VERBS)
            assert {one["action"] for one in body["actions"] if one["allowed"]} == order.verbs
            assert {one["action"] for one in body["actions"] if not one["blockedBy"]} == order.verbs

    def check_money(self, body: Json, order: Placed) -> None:
        purse = order.purse
        assert (body["paymentStatus"], body["refunded"]) == (purse.standing if purse else "none", order.refunded)
        shown = {name: value for name, value in (body["payment"] or {}).items() if name != "id"}
        assert shown == (purse.shown if purse else {})

    def check_refusal(self, told: Told, order: Placed, verb: str) -> None:
        if order.awaited and verb != "change":
            assert told.slug == "payment-in-progress", told
            return
        assert told.slug == "invalid-state-transition", told
        assert (told.body["current"], told.body["action"]) == (order.status, verb)
        assert set(told.body["allowed"]) == order.possible - {verb}

    # Words

    def ask(
        self, operation: str, about: str | None = None, body: Json | None = None, *, keyed: bool = True, **how: Any
    ) -> Told:
        """Ask under a new key, unless nothing can be done twice; remember what is kept under it."""
        own = key() if keyed and not how.get("dry") and operation != "quoteOrder" else None
        ask = Ask(operation, about, body or {}, key=own, **how)
        return self.remember(ask, self.driver.ask(ask))

    def together(self, *asks: Ask) -> list[Told]:
        return [self.remember(ask, told) for ask, told in zip(asks, self.driver.together(asks), strict=True)]

    def remember(self, ask: Ask, told: Told) -> Told:
        if told.slug == "payment-outcome-unknown" and ask.about is not None:
            self.unheard[ask.about] = Unheard(ask, self.model.real + LEASE)
        if ask.key is not None and not told.replayed and told.slug not in FORGOTTEN:
            self.sent.append((ask, told))
        return told

    @staticmethod
    def only(told: list[Told]) -> Told:
        """Return what one request was told that was sent several times at once: one did it, some may have come too
        early, and all the others were told the same.
        """
        final = [one for one in told if one.slug != "idempotency-in-progress"]
        assert final, "somebody was answered"
        assert {one.raw for one in final} == {final[0].raw}
        [first] = [one for one in final if not one.replayed]
        return first

    def made(self, operation: str, body: Json) -> str:
        return str(self.done(self.ask(operation, body=body))["id"])

    @staticmethod
    def done(told: Told) -> Json:
        assert not told.slug, told
        return told.body

    @staticmethod
    def product(n: int) -> Json:
        return {"sku": f"SKU-{n}", "name": f"Thing {n}", "unitPrice": PRICES[n], "currency": "EUR"}

    def wish(self, buyer: int, items: Items) -> Json:
        buyers, products = [*self.buyers, UNKNOWN], [*self.products, UNKNOWN]
        wanted = [{"productId": products[n], "quantity": quantity} for n, quantity in items]
        return {"customerId": buyers[buyer], "items": wanted, "shippingAddress": ADDRESS}

    def shortages(self, short: dict[int, tuple[int, int]]) -> Counter[tuple[str, int, int]]:
        return Counter((self.products[n], wanted, free) for n, (wanted, free) in short.items())

    def pick(self, one: int, verb: str = "") -> str:
        """Return an order; one with which this can be done, where there is any."""
        able = [
            id_
            for id_, order in self.model.orders.items()
            if verb in order.verbs or (verb == "expire" and order.status == "pending")
        ]
        among = able or list(self.model.orders)
        return among[one % len(among)]

    def units(self, id_: str, wanted: dict[int, int]) -> Counter[int]:
        """So many units of some products of the order."""
        own = list(self.model.orders[id_].units.wanted)
        return Counter({own[place % len(own)]: units for place, units in wanted.items()})

    def lines(self, id_: str, units: Counter[int], **more: Any) -> list[Json]:
        own = {line["productId"]: line["id"] for line in self.order(id_)["lines"]}
        return [{"lineId": own[self.products[n]], "quantity": quantity, **more} for n, quantity in units.items()]

    def order(self, id_: str) -> Json:
        return next(order for order in self.driver.orders() if order["id"] == id_)


STATUSES: Final = ("pending", "confirmed", "shipped", "delivered", "cancelled", "returned")


def expiries(count: int) -> list[Json]:
    """What is said to have run."""
    return [{"job": "expire-orders", "count": count}]


def said_of(verb: str, method: str = "pm_ok", **_: Any) -> Json:
    return {"paymentMethod": method} if verb == "confirm" else {}


def how_of(verb: str, method: str) -> dict[str, str]:
    return {"method": method} if verb == "confirm" else {}


def key() -> str:
    return f"machine-{next(_keys):012}"


def of_rules(violations: list[Json]) -> Counter[tuple[str, str]]:
    return Counter((violation["pointer"], violation["code"]) for violation in violations)


def of_stock(shortages: list[Json]) -> Counter[tuple[str, int, int]]:
    return Counter((short["productId"], short["requested"], short["available"]) for short in shortages)
