"""The machine: what hypothesis thinks of is asked of a driver and done to the model, and they agree at every step."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.machine.driver import Ask, Driver, Json, Told
from tests.machine.model import HOUR, VERBS, Items, Model, Placed, Shelf

PRICES: Final = (1000, 2500, 700, 40)
BUYERS: Final = 2
UNKNOWN: Final = "0190a0a0-0000-7000-8000-000000000000"
ADDRESS: Final = {"name": "Ada", "line1": "1 Loop Road", "city": "Leeds", "postalCode": "LS1", "country": "GB"}
SAID: Final[dict[str, Json]] = {"confirm": {"paymentMethod": "pm_ok"}}
FORGOTTEN: Final = {"resource-not-found", "idempotency-in-progress", "idempotency-key-reuse"}
"""Problems that no key keeps."""

ONWARDS: Final = ("confirm", "ship", "deliver", "return", "cancel")
"""What can be done to an order, that first which leads on."""

which = st.integers(0, 99)
Pick = tuple[int, int, int]
"""Which order, which way, and how many units at most; of 0, all that are left."""

picks = st.lists(st.tuples(which, st.sampled_from((0, 0, 0, 1)), st.sampled_from((0, 0, 1, 2))), min_size=2, max_size=8)
baskets = st.lists(st.tuples(st.integers(0, len(PRICES) - 1), st.integers(1, 6)), min_size=1, max_size=3)
odd_baskets = st.lists(st.tuples(st.integers(0, len(PRICES)), st.integers(1, 9)), min_size=1, max_size=12)
some_units = st.dictionaries(st.integers(0, 3), st.integers(1, 4), min_size=1)

_keys = count()


def with_orders(shop: "Shop") -> bool:
    return bool(shop.model.orders)


class Shop(RuleBasedStateMachine):
    """Two buyers, four products, and everything that can be done with orders of them."""

    def __init__(self, open_shop: Callable[[], Driver]) -> None:
        super().__init__()
        self.driver = open_shop()
        self.model = Model([Shelf(price) for price in PRICES], [False] * BUYERS)
        self.sent: list[tuple[Ask, Told]] = []
        self.products = [self.made("createProduct", self.product(n)) for n in range(len(PRICES))]
        self.buyers = [
            self.made("createCustomer", {"email": f"b{n}@example.test", "name": "Bo"}) for n in range(BUYERS)
        ]

    def teardown(self) -> None:
        try:
            if sys.exception() is None:  # else they have parted already
                self.everything_is_found()
                self.every_ledger_adds_up()
                self.every_timeline_is_told()
                assert self.driver.breaches() == []
        finally:
            self.driver.close()

    @initialize(
        counts=st.tuples(*(st.integers(12, 40) for _ in PRICES)),
        first=st.lists(baskets, min_size=2, max_size=4),
        picks=picks,
    )
    def open_the_shop(self, counts: tuple[int, ...], first: list[Items], picks: list[Pick]) -> None:
        """A day has passed already: orders have come, and some have gone on."""
        for n, units in enumerate(counts):
            self.adjust(n, units)
        for items in first:
            self.place(0, list(dict(items).items()), dry=False)
        self.go_on(picks)

    # Orders come

    @rule(buyer=st.integers(0, BUYERS - 1), items=baskets, dry=st.booleans())
    def place_something(self, buyer: int, items: Items, dry: bool) -> None:
        self.place(buyer, list(dict(items).items()), dry)

    @rule(buyer=st.integers(0, BUYERS), items=odd_baskets)
    def place_something_odd(self, buyer: int, items: Items) -> None:
        self.place(buyer, items, dry=False)

    def place(self, buyer: int, items: Items, dry: bool) -> None:
        """Ask for a quote first; it says what then comes of it."""
        verdict = self.model.judge(buyer, items)
        broken, short = verdict.broken, self.shortages(verdict.short)
        quote = self.ask("quoteOrder", body=self.wish(buyer, items)).body
        said = [v for v in quote["violations"] if v["code"] != "inventory-insufficient"]
        assert of_rules(said) == broken
        assert of_stock([v for v in quote["violations"] if v not in said]) == short
        assert quote["total"] == verdict.total

        told = self.ask("placeOrder", body=self.wish(buyer, items), dry=dry)
        assert told.slug == verdict.slug
        if broken:
            assert of_rules(told.body["violations"]) == broken
        elif short:
            assert of_stock(told.body["shortages"]) == short
        else:
            self.check(told.body, self.model.placed(buyer, items))
            if not dry:
                self.model.place(told.body["id"], buyer, items)

    @rule(n=st.integers(0, 1), quantity=st.integers(1, 6), crowd=st.integers(2, 5))
    def buy_at_once(self, n: int, quantity: int, crowd: int) -> None:
        """As many get theirs as there is stock for."""
        items = [(n, quantity)]
        verdict, free = self.model.judge(0, items), self.model.free(n)
        told = self.together(*(Ask("placeOrder", body=self.wish(0, items), key=key()) for _ in range(crowd)))
        if verdict.broken:
            assert {one.slug for one in told} == {"business-rule-violation"}
            return
        fit = min(crowd, free // quantity)
        assert Counter(one.slug for one in told) == +Counter({"": fit, "inventory-insufficient": crowd - fit})
        for one in told:
            if not one.slug:
                self.model.place(one.body["id"], 0, items)

    @rule(items=baskets, times=st.integers(2, 4))
    def press_twice(self, items: Items, times: int) -> None:
        """One request, sent several times at once: it is carried out once."""
        items = list(dict(items).items())
        verdict = self.model.judge(1, items)
        ask = Ask("placeOrder", body=self.wish(1, items), key=key())
        told = self.together(*[ask] * times)
        final = [one for one in told if one.slug != "idempotency-in-progress"]
        assert final, "somebody was answered"
        assert {one.raw for one in final} == {final[0].raw}
        assert sum(not one.replayed for one in final) == 1
        assert final[0].slug == verdict.slug
        if not verdict.slug:
            self.model.place(final[0].body["id"], 1, items)

    # Orders go on

    @rule(picks=picks)
    def go_on(self, picks: list[Pick]) -> None:
        """Whatever can be done to whichever orders, with all or with some units."""
        for one, way, most in picks:
            if able := [id_ for id_, order in self.model.orders.items() if order.verbs]:
                id_ = able[one % len(able)]
                ways = [verb for verb in ONWARDS if verb in self.model.orders[id_].verbs]
                self.go(id_, ways[way % len(ways)], most, lost=bool(way))

    def go(self, id_: str, verb: str, most: int, *, lost: bool) -> None:
        heaps = self.model.orders[id_].units
        if not most or verb in ("confirm", "cancel"):
            self.act(id_, verb)
        elif verb == "deliver":
            parcel = next(place for place in range(len(heaps.parcels)) if +heaps.arriving(place))
            self.act(id_, verb, body={"shipmentId": self.order(id_)["shipments"][parcel]["id"]}, parcel=parcel)
        else:
            left = heaps.house if verb == "ship" else heaps.way + heaps.customer
            units = Counter({n: min(most, quantity) for n, quantity in left.items() if quantity})
            lost = lost and verb == "return"
            lines = self.lines(id_, units, **({"restock": False} if lost else {}))
            self.act(id_, verb, body={"lines": lines}, units=units, lost=lost)

    @precondition(with_orders)
    @rule(one=which, verb=st.sampled_from(VERBS), said=st.sampled_from((None, 0, 1)), dry=st.booleans())
    def try_anything(self, one: int, verb: str, said: int | None, dry: bool) -> None:
        """With or without a version, the right one (0) or another; as a rehearsal or not."""
        id_ = self.pick(one)
        version = None if said is None else self.model.orders[id_].version + said
        self.act(id_, verb, version=version, dry=dry)

    @precondition(with_orders)
    @rule(one=which, wanted=some_units, dry=st.booleans())
    def ship_some(self, one: int, wanted: dict[int, int], dry: bool) -> None:
        id_ = self.pick(one, "ship")
        heaps = self.model.orders[id_].units
        units = self.units(id_, wanted)
        self.act(id_, "ship", body={"lines": self.lines(id_, units)}, at_most=heaps.house, units=units, dry=dry)

    @precondition(with_orders)
    @rule(one=which, parcel=which, dry=st.booleans())
    def deliver_one(self, one: int, parcel: int, dry: bool) -> None:
        id_ = self.pick(one, "deliver")
        order = self.model.orders[id_]
        if order.units.parcels:
            parcel %= len(order.units.parcels)
            body = {"shipmentId": self.order(id_)["shipments"][parcel]["id"]}
            self.act(id_, "deliver", body=body, blocked=not +order.units.arriving(parcel), parcel=parcel, dry=dry)
        else:
            assert self.ask("deliverOrder", id_, {"shipmentId": UNKNOWN}).slug == "resource-not-found"

    @precondition(with_orders)
    @rule(one=which, wanted=some_units, lost=st.booleans(), dry=st.booleans())
    def return_some(self, one: int, wanted: dict[int, int], lost: bool, dry: bool) -> None:
        id_ = self.pick(one, "return")
        heaps = self.model.orders[id_].units
        units = self.units(id_, wanted)
        body = {"lines": self.lines(id_, units, **({"restock": False} if lost else {}))}
        self.act(id_, "return", body=body, at_most=heaps.way + heaps.customer, units=units, lost=lost, dry=dry)

    def act(
        self,
        id_: str,
        verb: str,
        *,
        body: Json | None = None,
        version: int | None = None,
        dry: bool = False,
        at_most: Counter[int] | None = None,
        blocked: bool = False,
        **how: Any,
    ) -> None:
        """Ask for it, and see that it is refused for the first of these reasons, or done."""
        order = self.model.orders[id_]
        told = self.ask(f"{verb}Order", id_, body or SAID.get(verb, {}), version=version, dry=dry)
        if version not in (None, order.version):
            assert told.slug == "stale-version"
            assert (told.body["expected"], told.body["actual"]) == (version, order.version)
        elif verb not in order.verbs or blocked:
            self.check_refusal(told, order, verb)
        elif at_most is not None and (excess := [n for n, units in how["units"].items() if units > at_most[n]]):
            assert told.slug == "business-rule-violation"
            assert [v["code"] for v in told.body["violations"]] == ["quantity-exceeds-remaining"] * len(excess)
        else:
            after = order.after(verb, **how)
            assert not told.slug, told
            self.check(told.body, after)
            if not dry:
                self.model.orders[id_] = after

    @precondition(with_orders)
    @rule(one=which, verbs=st.lists(st.sampled_from(VERBS), min_size=2, max_size=4))
    def act_at_once(self, one: int, verbs: list[str]) -> None:
        """Whatever wins, it is as if they had come one after the other, in some order."""
        id_ = self.pick(one)
        asks = [Ask(f"{verb}Order", id_, SAID.get(verb, {}), key=key()) for verb in verbs]
        told = self.together(*asks)
        assert {one.slug for one in told} <= {"", "invalid-state-transition"}
        won = [(one.body["version"], verb, one) for verb, one in zip(verbs, told, strict=True) if not one.slug]
        for _, verb, done in sorted(won, key=lambda one: one[0]):
            assert verb in self.model.orders[id_].verbs
            self.model.orders[id_] = self.model.orders[id_].after(verb)
            self.check(done.body, self.model.orders[id_])

    # Orders change otherwise

    @precondition(with_orders)
    @rule(one=which, text=st.sampled_from(("fragile", "late")))
    def note(self, one: int, text: str) -> None:
        id_ = self.pick(one)
        assert self.ask("noteOrder", id_, {"text": text}).body["text"] == text
        self.model.orders[id_].told.append("order.noted")

    @precondition(with_orders)
    @rule(
        one=which,
        said=st.fixed_dictionaries(
            {}, optional={"note": st.sampled_from((None, "a", "b")), "city": st.sampled_from(("Leeds", "York"))}
        ),
        stale=st.sampled_from((0, 0, 1)),
    )
    def change(self, one: int, said: dict[str, Any], stale: int) -> None:
        id_ = self.pick(one)
        order = self.model.orders[id_]
        body = {name: value for name, value in said.items() if name == "note"}
        body |= {"shippingAddress": {"city": said["city"]}} if "city" in said else {}
        told = self.ask("changeOrder", id_, body, version=order.version + stale, keyed=False)
        if stale:
            assert told.slug == "stale-version"
        elif not order.changeable:
            self.check_refusal(told, order, "change")
        else:
            assert not told.slug, told
            self.model.orders[id_] = order.changed(**said)
            self.check(told.body, self.model.orders[id_])

    @rule(half_hours=st.sampled_from((1, 1, 2, 7, 24, 48)))
    def advance(self, half_hours: int) -> None:
        late = self.model.advance(half_hours * HOUR // 2)
        told = self.ask("advanceClock", body={"seconds": half_hours * HOUR // 2})
        assert told.body["ran"] == [{"job": "expire-orders", "count": late}]

    # What orders stand on changes

    @rule(n=st.integers(0, len(PRICES) - 1), change=st.integers(-10, 20).filter(bool))
    def adjust(self, n: int, change: int) -> None:
        possible = self.model.free(n) + change >= 0
        told = self.ask("adjustStock", self.products[n], {"change": change, "reason": "correction"})
        assert told.slug == ("" if possible else "inventory-insufficient")
        if possible:
            self.model.shelves[n].received += change
        else:
            assert of_stock(told.body["shortages"]) == self.shortages({n: (-change, self.model.free(n))})

    @rule(
        n=st.integers(0, len(PRICES) - 1),
        price=st.sampled_from((40, 700, 1000, 9999)),
        stale=st.sampled_from((0, 0, 1)),
    )
    def change_the_price(self, n: int, price: int, stale: int) -> None:
        self.change_product(n, {"unitPrice": price}, stale, price=price)

    @rule(n=st.integers(0, len(PRICES) - 1))
    def archive_or_bring_back(self, n: int) -> None:
        if self.model.shelves[n].archived:
            self.change_product(n, {"status": "active"}, 0, archived=False)
            return
        for _ in range(2):
            assert not self.ask("archiveProduct", self.products[n], keyed=False).slug
        self.model.shelves[n] = replace(self.model.shelves[n], archived=True, version=self.model.shelves[n].version + 1)

    def change_product(self, n: int, body: Json, stale: int, **said: Any) -> None:
        before = self.model.shelves[n]
        told = self.ask("changeProduct", self.products[n], body, version=before.version + stale, keyed=False)
        after = replace(before, **said)
        if stale:
            assert told.slug == "stale-version"
        elif after != before:
            self.model.shelves[n] = replace(after, version=before.version + 1)

    @rule(
        said=st.fixed_dictionaries(
            {},
            optional={
                "most": st.sampled_from((1, 2, 10)),
                "least": st.sampled_from((0, 1000, 5000)),
                "hours": st.sampled_from((1, 12, 24)),
            },
        ),
        stale=st.sampled_from((0, 0, 1)),
    )
    def demand(self, said: dict[str, int], stale: int) -> None:
        names = {"most": "maxItemsPerOrder", "least": "minimumOrderValue", "hours": "autoCancelAfterHours"}
        body = {names[name]: value for name, value in said.items()}
        told = self.ask("changePolicy", body=body, version=self.model.policy_version + stale, keyed=False)
        if stale:
            assert told.slug == "stale-version"
            return
        news = any(getattr(self.model, name) != value for name, value in said.items())
        self.model = replace(self.model, **said, policy_version=self.model.policy_version + news)
        assert told.body == {
            **{wire: getattr(self.model, name) for name, wire in names.items()},
            "version": self.model.policy_version,
        }

    @rule(buyer=st.integers(0, BUYERS - 1))
    def suspend_or_reactivate(self, buyer: int) -> None:
        able, unable = ("reactivate", "suspend") if self.model.suspended[buyer] else ("suspend", "reactivate")
        assert self.ask(f"{unable}Customer", self.buyers[buyer]).slug == "invalid-state-transition"
        told = self.ask(f"{able}Customer", self.buyers[buyer])
        self.model.suspended[buyer] = not self.model.suspended[buyer]
        assert told.body["status"] == ("suspended" if self.model.suspended[buyer] else "active")

    # What was asked is asked again

    @precondition(lambda self: self.sent)
    @rule(one=which)
    def ask_again(self, one: int) -> None:
        """The same answer, to the byte; whatever has happened since, it does not happen again."""
        ask, told = self.sent[-1 - one % len(self.sent)]
        assert self.driver.ask(ask) == replace(told, replayed=True)

    @precondition(lambda self: self.sent)
    @rule(one=which)
    def ask_something_else(self, one: int) -> None:
        """With the same key."""
        ask, _ = self.sent[one % len(self.sent)]
        other = replace(ask, operation="adjustStock", about=self.products[0], body={"change": 99, "reason": "damaged"})
        assert self.driver.ask(other).slug == "idempotency-key-reuse"

    # And then

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
            self.check(told[-1]["data"], order, as_seen=False)

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
        assert len(body["returns"]) == order.returns
        assert (body["cancellation"] or {}).get("by") == order.cancelled_by
        waits = datetime.fromisoformat(body["expiresAt"]) - datetime.fromisoformat(body["createdAt"])
        assert waits.total_seconds() == order.hours * HOUR
        if as_seen:
            assert {one["action"] for one in body["actions"]} == set(VERBS)
            assert {one["action"] for one in body["actions"] if one["allowed"]} == order.verbs
            assert {one["action"] for one in body["actions"] if not one["blockedBy"]} == order.verbs

    def check_refusal(self, told: Told, order: Placed, verb: str) -> None:
        assert told.slug == "invalid-state-transition", told
        assert (told.body["current"], told.body["action"]) == (order.status, verb)
        assert set(told.body["allowed"]) == order.verbs - {verb}

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
        if ask.key is not None and not told.replayed and told.slug not in FORGOTTEN:
            self.sent.append((ask, told))
        return told

    def made(self, operation: str, body: Json) -> str:
        told = self.ask(operation, body=body)
        assert not told.slug, told
        return str(told.body["id"])

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
        able = [id_ for id_, order in self.model.orders.items() if verb in order.verbs]
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


def key() -> str:
    return f"machine-{next(_keys):012}"


def of_rules(violations: list[Json]) -> Counter[tuple[str, str]]:
    return Counter((violation["pointer"], violation["code"]) for violation in violations)


def of_stock(shortages: list[Json]) -> Counter[tuple[str, int, int]]:
    return Counter((short["productId"], short["requested"], short["available"]) for short in shortages)
