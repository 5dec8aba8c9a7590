"""The machine: what hypothesis thinks of is asked of a driver and done to the model, and they agree at every step."""

from collections import Counter
from dataclasses import replace
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.machine.back_office import BackOffice
from tests.machine.driver import Ask, Json, Told
from tests.machine.floor import (
    BUYERS,
    PRICES,
    UNKNOWN,
    Floor,
    expiries,
    how_of,
    key,
    of_rules,
    of_stock,
    said_of,
    which,
)
from tests.machine.model import HOUR, VERBS, Items, Placed
from tests.machine.money import LEASE, MODES

ONWARDS: Final = ("confirm", "ship", "deliver", "return", "cancel")
"""What can be done to an order, that first which leads on."""

methods = st.sampled_from(("pm_ok", *MODES))
Pick = tuple[int, int, int, str]
"""Which order, which way, how many units at most (of 0, all that are left), and how it is paid, where it is."""

picks = st.lists(
    st.tuples(which, st.sampled_from((0, 0, 0, 1)), st.sampled_from((0, 0, 1, 2)), methods), min_size=2, max_size=8
)
baskets = st.lists(st.tuples(st.integers(0, len(PRICES) - 1), st.integers(1, 6)), min_size=1, max_size=3)
odd_baskets = st.lists(st.tuples(st.integers(0, len(PRICES)), st.integers(1, 9)), min_size=1, max_size=12)
some_units = st.dictionaries(st.integers(0, 3), st.integers(1, 4), min_size=1)


def with_orders(shop: Floor) -> bool:
    return bool(shop.model.orders)


def with_pending(shop: Floor) -> bool:
    return any(order.status == "pending" for order in shop.model.orders.values())


class Shop(BackOffice):
    """Everything that can be done with orders."""

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
        final = self.only(told)
        assert final.slug == verdict.slug
        if not verdict.slug:
            self.model.place(final.body["id"], 1, items)

    # Orders go on

    @rule(picks=picks)
    def go_on(self, picks: list[Pick]) -> None:
        """Whatever can be done to whichever orders, with all or with some units; what nobody has heard of is asked."""
        for one, way, most, method in picks:
            if able := [id_ for id_, order in self.model.orders.items() if order.verbs or order.awaited]:
                id_ = able[one % len(able)]
                if self.model.orders[id_].awaited:
                    self.wait()
                    self.insist(id_)
                    continue
                ways = [verb for verb in ONWARDS if verb in self.model.orders[id_].verbs]
                self.go(id_, ways[way % len(ways)], most, lost=bool(way), method=method)

    def go(self, id_: str, verb: str, most: int, *, lost: bool, method: str) -> None:
        heaps = self.model.orders[id_].units
        if verb == "confirm":
            self.act(id_, verb, method=method)
        elif not most or verb == "cancel":
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
    @rule(one=which, verb=st.sampled_from(VERBS), said=st.sampled_from((None, 0, 1)), dry=st.booleans(), method=methods)
    def try_anything(self, one: int, verb: str, said: int | None, dry: bool, method: str) -> None:
        """With or without a version, the right one (0) or another; as a rehearsal or not."""
        id_ = self.pick(one)
        version = None if said is None else self.model.orders[id_].version + said
        self.act(id_, verb, version=version, dry=dry, **({"method": method} if verb == "confirm" else {}))

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
        told = self.ask(f"{verb}Order", id_, body or said_of(verb, **how), version=version, dry=dry)
        if version not in (None, order.version):
            assert told.slug == "stale-version"
            assert (told.body["expected"], told.body["actual"]) == (version, order.version)
        elif verb not in order.verbs or blocked:
            self.check_refusal(told, order, verb)
        elif at_most is not None and (excess := [n for n, units in how["units"].items() if units > at_most[n]]):
            assert told.slug == "business-rule-violation"
            assert [v["code"] for v in told.body["violations"]] == ["quantity-exceeds-remaining"] * len(excess)
        elif dry:
            self.check(self.done(told), order.after(verb, **how))
        else:
            self.model.orders[id_] = self.follow(told, order, verb, **how)

    def follow(self, told: Told, order: Placed, verb: str, **how: Any) -> Placed:
        """Return the order as it is after what was asked for and told: as it should be, and as it is shown."""
        outcome = order.outcome(verb, *(how[name] for name in ("method",) if name in how))
        begun = order.begun(verb, **how)
        if outcome == "unknown":
            assert told.slug == "payment-outcome-unknown", told
            return begun.unheard()
        if outcome == "declined":
            assert (told.slug, told.body.get("declineCode")) == ("payment-failed", "card_declined"), told
            return begun.declined()
        after = begun.settled()
        self.check(self.done(told), after)
        return after

    @precondition(with_orders)
    @rule(one=which, verbs=st.lists(st.sampled_from(VERBS), min_size=2, max_size=4), method=methods)
    def act_at_once(self, one: int, verbs: list[str], method: str) -> None:
        """Whatever wins, it is as if they had come one after the other, in some order; whose money moves at that very
        moment, or went unheard, is waited for.
        """
        id_ = self.pick(one)
        asks = [Ask(f"{verb}Order", id_, said_of(verb, method), key=key()) for verb in verbs]
        told = list(zip(verbs, self.together(*asks), strict=True))
        refused = {"invalid-state-transition", "payment-in-progress"}
        won = sorted(((verb, one) for verb, one in told if not one.slug), key=lambda one: one[1].body["version"])
        declined = [(verb, one) for verb, one in told if one.slug == "payment-failed"]
        unheard = [(verb, one) for verb, one in told if one.slug == "payment-outcome-unknown"]
        assert len(won) + len(declined) + len(unheard) + sum(one.slug in refused for _, one in told) == len(told), told
        assert len(unheard) <= 1, "nothing follows what nobody has heard of"
        for verb, done in won:
            while self.next(id_, verb, method).version < done.body["version"]:
                self.followed(id_, *declined.pop(), method)
            self.followed(id_, verb, done, method)
        for verb, other in declined + unheard:
            self.followed(id_, verb, other, method)

    def next(self, id_: str, verb: str, method: str) -> Placed:
        return self.model.orders[id_].after(verb, **how_of(verb, method))

    def followed(self, id_: str, verb: str, told: Told, method: str) -> None:
        assert verb in self.model.orders[id_].verbs
        self.model.orders[id_] = self.follow(told, self.model.orders[id_], verb, **how_of(verb, method))

    def wait(self) -> None:
        """Until all leases are over."""
        self.driver.later(LEASE + 1)
        self.model.wait(LEASE + 1)

    def insist(self, id_: str, times: int = 1) -> None:
        """Ask for what nobody has heard of, with the same key, so many times at once."""
        unheard = self.unheard[id_]
        if unheard.until > self.model.real:
            assert self.driver.ask(unheard.ask).slug == "idempotency-in-progress"
            return
        told = self.only(self.together(*[unheard.ask] * times))
        self.model.orders[id_] = self.model.orders[id_].taken_over().settled()
        self.check(self.done(told), self.model.orders[id_])
        del self.unheard[id_]

    # Orders change otherwise

    @precondition(with_orders)
    @rule(one=which, text=st.sampled_from(("fragile", "late")))
    def note(self, one: int, text: str) -> None:
        id_ = self.pick(one)
        assert self.ask("noteOrder", id_, {"text": text}).body["text"] == text
        self.model.orders[id_] = self.model.orders[id_].noted()

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
        self.move_the_clock(half_hours * HOUR // 2)

    @precondition(with_pending)
    @rule(one=which, early=st.sampled_from((0, 0, 1)))
    def advance_until_one_is_due(self, one: int, early: int) -> None:
        """To the second, or one too early."""
        order = self.model.orders[self.pick(one, "expire")]
        if order.due - early > self.model.now:
            self.move_the_clock(order.due - early - self.model.now)

    def move_the_clock(self, seconds: int) -> None:
        late = self.model.advance(seconds)
        told = self.ask("advanceClock", body={"seconds": seconds})
        assert told.body["ran"][:1] == expiries(late)  # the feed and deliveries run after it

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
