"""What a shop should be like after whatever was asked of it: by arithmetic of its own, which knows none of our code."""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tests.domain.units import Units
from tests.machine.money import MODES, Awaited, Movement, Purse

HOUR: Final = 3600
VERBS: Final = ("confirm", "cancel", "ship", "deliver", "return")
EVENTS: Final = {
    "confirm": "order.confirmed",
    "cancel": "order.cancelled",
    "ship": "order.shipped",
    "deliver": "order.delivered",
    "return": "order.returned",
    "expire": "order.expired",
}
Items = list[tuple[int, int]]
"""Which product, and how many units."""


@dataclass
class Shelf:
    """A product: what came in and went out by hand, and what the catalogue says."""

    price: int
    received: int = 0
    archived: bool = False
    version: int = 1


@dataclass
class Placed:
    """An order. `due` is in seconds by the shop's own clock; `told` are its events, `seen` is what the last one shows.

    Of the `purses` the last one counts; `moved` is what the gateway has done. While an action is `awaited`, nobody has
    heard what became of its money.
    """

    buyer: int
    units: Units
    prices: dict[int, int]
    hours: int
    due: int
    arrived: Counter[int] = field(default_factory=Counter)
    version: int = 1
    told: list[str] = field(default_factory=lambda: ["order.placed"])
    seen: "Placed | None" = None
    note: str | None = None
    city: str = "Leeds"
    cancelled_by: str | None = None
    refunds: list[int] = field(default_factory=list)
    purses: list[Purse] = field(default_factory=list)
    moved: list[Movement] = field(default_factory=list)
    awaited: Awaited | None = None

    @property
    def status(self) -> str:
        return self.units.state

    @property
    def total(self) -> int:
        return sum(self.prices[n] * quantity for n, quantity in self.units.wanted.items())

    @property
    def verbs(self) -> set[str]:
        """What can be done now: nothing, while money is under way."""
        return set() if self.awaited else self.possible

    @property
    def possible(self) -> set[str]:
        """What can be done by where its units are, now or when its money has come."""
        return {"return" if verb == "send_back" else verb for verb in self.units.verbs}

    @property
    def purse(self) -> Purse | None:
        return self.purses[-1] if self.purses else None

    @property
    def refunded(self) -> int:
        return sum(purse.refunded for purse in self.purses)

    def lapses_by(self, now: int) -> bool:
        """Whether nobody has confirmed it in time; not while somebody may be paying for it."""
        return self.status == "pending" and self.due <= now and self.awaited is None

    @property
    def changeable(self) -> bool:
        return self.status in ("pending", "confirmed") and not self.units.parcels

    @property
    def shipped(self) -> Counter[int]:
        return Counter(self.units.wanted) - self.units.house

    @property
    def fulfilment(self) -> str:
        left, gone = +self.units.house, +self.shipped
        return "fulfilled" if not left else "partial" if gone else "unfulfilled"

    @property
    def sent_back(self) -> str:
        back = +self.units.back
        return "none" if not back else "full" if back == Counter(self.units.wanted) else "partial"

    def outcome(self, verb: str, method: str = "pm_ok") -> str:
        """Say what comes of asking for this, where it is possible: `done`, `declined`, or `unknown`."""
        if self.movement(verb) is None:
            return "done"
        mode = MODES[self.purse.method if self.purse and verb != "confirm" else method]
        return "declined" if mode.declines == verb else "unknown" if mode.silent else "done"

    def movement(self, verb: str, units: Counter[int] | None = None) -> Movement | None:
        """What money moves with this; None, where none does."""
        standing = self.purse.status if self.purse else ""
        if verb == "confirm":
            return Movement("authorize", self.total)
        if verb == "ship" and standing == "authorized":
            return Movement("capture", self.total)
        if verb == "cancel" and standing == "authorized":
            return Movement("void", self.total)
        if verb == "return":
            back = self.units.way + self.units.customer if units is None else units
            return Movement("refund", sum(self.prices[n] * quantity for n, quantity in back.items()))
        return None

    def after(self, verb: str, **how: Any) -> "Placed":
        """Return it as it is once this was done to it: to so many `units`, or all that are left."""
        return self.begun(verb, **how).settled()

    def begun(self, verb: str, method: str = "pm_ok", **how: Any) -> "Placed":
        """Return it as it is when the gateway is asked; where no money moves, it is done then."""
        new, movement = deepcopy(self), self.movement(verb, how.get("units"))
        if movement is None or verb in ("cancel", "return"):
            new._carry_out(verb, **how)
        if movement is None:
            return new._shown(self)
        if verb in ("confirm", "ship"):
            new.version += 1
        if verb == "confirm":
            new.purses.append(Purse(method))
        new.purses[-1].began(movement.verb)
        new.awaited = Awaited(verb, how, movement)
        return new._shown(self)

    def unheard(self) -> "Placed":
        """Return it as it is when the gateway has not answered."""
        new = deepcopy(self)
        new.version += 1
        new.purses[-1].status = "unknown"
        return new

    def taken_over(self) -> "Placed":
        """Return it as it is when somebody else asks what became of it."""
        new = deepcopy(self)
        new.version += 1
        return new

    def settled(self) -> "Placed":
        """Return it as it is when the gateway has done what it was asked to."""
        if self.awaited is None:
            return self
        new, (verb, how, movement) = deepcopy(self), self.awaited
        new.awaited = None
        new.moved.append(movement)
        new.purses[-1].moved(movement)
        if movement.verb in ("capture", "refund"):
            new._tell("payment.captured" if movement.verb == "capture" else "payment.refunded")
        if verb in ("confirm", "ship"):
            new._carry_out(verb, **how)
        if verb == "cancel":
            new.version += 1
        return new._shown(self)

    def declined(self) -> "Placed":
        """Return it as it is when the gateway will not do what it was asked to."""
        assert self.awaited is not None
        new = deepcopy(self)
        new.awaited = None
        new.purses[-1].declined(self.awaited.movement.verb)
        new._tell("payment.declined")
        return new._shown(self)

    def changed(self, **said: Any) -> "Placed":
        """Return it with this note or this city: the same, where it says so already."""
        if all(getattr(self, name) == value for name, value in said.items()):
            return self
        new = deepcopy(self)
        for name, value in said.items():
            setattr(new, name, value)
        new._tell("order.changed")
        return new._shown(self)

    def noted(self) -> "Placed":
        new = deepcopy(self)
        new.told.append("order.noted")
        return new._shown(self)

    def _carry_out(self, verb: str, *, units: Counter[int] | None = None, lost: bool = False, parcel: int = -1) -> None:
        heaps = self.units
        match verb:
            case "confirm":
                heaps.decided = "confirmed"
            case "cancel" | "expire":
                heaps.decided, self.cancelled_by = "cancelled", "member" if verb == "cancel" else "expiry"
            case "ship":
                heaps.ship(+heaps.house if units is None else units)
            case "deliver":
                on_the_way = heaps.way.copy()
                for one in range(len(heaps.parcels)) if parcel < 0 else (parcel,):
                    heaps.deliver(one)
                self.arrived += on_the_way - heaps.way
            case "return":
                movement = self.movement("return", units)
                self.refunds.append(movement.amount if movement else 0)
                heaps.send_back(
                    heaps.way + heaps.customer if units is None else units, (units or Counter()) if lost else Counter()
                )
        self._tell(EVENTS[verb])

    def _tell(self, event: str) -> None:
        self.told.append(event)
        self.version += 1

    def _shown(self, before: "Placed | None" = None) -> "Placed":
        """Remember how it looks now, if something has been told since `before`."""
        if before is None or self.told != before.told:
            self.seen = None
            self.seen = deepcopy(self)
        return self


class Verdict(NamedTuple):
    """What stands against an order: broken rules by `(pointer, code)`, and of what is short how much is wanted and
    free. `total` is None where nobody can know it.
    """

    broken: Counter[tuple[str, str]]
    short: dict[int, tuple[int, int]]
    total: int | None

    @property
    def slug(self) -> str:
        """The problem that placing it is; nothing, where it is none."""
        return "business-rule-violation" if self.broken else "inventory-insufficient" if self.short else ""


@dataclass
class Model:
    """The shop: products, buyers, orders by id, what is demanded of them, and what time it is, in seconds: `now` by the
    shop's own clock, and what is `real`.
    """

    shelves: list[Shelf]
    suspended: list[bool]
    orders: dict[str, Placed] = field(default_factory=dict)
    most: int = 10
    least: int = 1000
    hours: int = 24
    policy_version: int = 1
    now: int = 0
    real: int = 0

    def judge(self, buyer: int, items: Items) -> Verdict:
        """What comes of it if this is placed now. Buyers and products beyond the last one do not exist."""
        broken: Counter[tuple[str, str]] = Counter()
        wanted: Counter[int] = Counter()
        if buyer >= len(self.suspended):
            broken["/customerId", "customer-not-found"] += 1
        elif self.suspended[buyer]:
            broken["/customerId", "customer-suspended"] += 1
        if len(items) > self.most:
            broken["/items", "max-items-exceeded"] += 1
        for i, (n, quantity) in enumerate(items):
            at = f"/items/{i}/productId"
            broken[at, "duplicate-product"] += n in wanted
            broken[at, "product-not-found"] += n >= len(self.shelves)
            broken[at, "product-archived"] += n < len(self.shelves) and self.shelves[n].archived
            wanted[n] += quantity
        known = all(n < len(self.shelves) for n in wanted)
        total = sum(self.shelves[n].price * quantity for n, quantity in wanted.items()) if known else None
        if total is not None and total < self.least:
            broken["/items", "minimum-order-value"] += 1
        short = {
            n: (quantity, self.free(n))
            for n, quantity in wanted.items()
            if n < len(self.shelves) and not self.shelves[n].archived and quantity > self.free(n)
        }
        return Verdict(+broken, short, total)

    def place(self, id_: str, buyer: int, items: Items) -> None:
        self.orders[id_] = self.placed(buyer, items)

    def placed(self, buyer: int, items: Items) -> Placed:
        wanted = dict(items)
        prices = {n: self.shelves[n].price for n in wanted}
        return Placed(buyer, Units.of(wanted), prices, self.hours, self.now + self.hours * HOUR)._shown()

    def wait(self, seconds: int) -> None:
        """Let time really pass."""
        self.now += seconds
        self.real += seconds

    def advance(self, seconds: int) -> int:
        """Let time pass by the shop's own clock, and return how many orders nobody confirmed in it."""
        self.now += seconds
        late = [id_ for id_, order in self.orders.items() if order.lapses_by(self.now)]
        for id_ in late:
            self.orders[id_] = self.orders[id_].after("expire")
        return len(late)

    def reserved(self, n: int) -> int:
        return sum(order.units.held[n] for order in self.orders.values())

    def on_hand(self, n: int) -> int:
        return self.shelves[n].received - sum(order.units.gone[n] for order in self.orders.values())

    def free(self, n: int) -> int:
        return self.on_hand(n) - self.reserved(n)
