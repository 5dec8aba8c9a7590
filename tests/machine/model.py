"""What a shop should be like after whatever was asked of it: by arithmetic of its own, which knows none of our code."""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tests.domain.units import Units

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
    """An order. `due` is in seconds by the shop's own clock; `told` are its events."""

    buyer: int
    units: Units
    prices: dict[int, int]
    hours: int
    due: int
    arrived: Counter[int] = field(default_factory=Counter)
    version: int = 1
    told: list[str] = field(default_factory=lambda: ["order.placed"])
    note: str | None = None
    city: str = "Leeds"
    cancelled_by: str | None = None
    returns: int = 0

    @property
    def status(self) -> str:
        return self.units.state

    @property
    def total(self) -> int:
        return sum(self.prices[n] * quantity for n, quantity in self.units.wanted.items())

    @property
    def verbs(self) -> set[str]:
        return {"return" if verb == "send_back" else verb for verb in self.units.verbs}

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

    def after(self, verb: str, *, units: Counter[int] | None = None, lost: bool = False, parcel: int = -1) -> "Placed":
        """Return it as it is once this was done to it: to so many units, or all that are left."""
        new = deepcopy(self)
        heaps = new.units
        match verb:
            case "confirm":
                heaps.decided = "confirmed"
            case "cancel" | "expire":
                heaps.decided, new.cancelled_by = "cancelled", "member" if verb == "cancel" else "expiry"
            case "ship":
                heaps.ship(+heaps.house if units is None else units)
            case "deliver":
                on_the_way = heaps.way.copy()
                for one in range(len(heaps.parcels)) if parcel < 0 else (parcel,):
                    heaps.deliver(one)
                new.arrived += on_the_way - heaps.way
            case "return":
                heaps.send_back(
                    heaps.way + heaps.customer if units is None else units, (units or Counter()) if lost else Counter()
                )
                new.returns += 1
        return new._told(EVENTS[verb])

    def changed(self, **said: Any) -> "Placed":
        """Return it with this note or this city: the same, where it says so already."""
        if all(getattr(self, name) == value for name, value in said.items()):
            return self
        new = deepcopy(self)
        for name, value in said.items():
            setattr(new, name, value)
        return new._told("order.changed")

    def _told(self, event: str) -> "Placed":
        self.told.append(event)
        self.version += 1
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
    """The shop: products, buyers, orders by id, what is demanded of them, and what time it is, in seconds."""

    shelves: list[Shelf]
    suspended: list[bool]
    orders: dict[str, Placed] = field(default_factory=dict)
    most: int = 10
    least: int = 1000
    hours: int = 24
    policy_version: int = 1
    now: int = 0

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
        return Placed(buyer, Units.of(wanted), prices, self.hours, self.now + self.hours * HOUR)

    def advance(self, seconds: int) -> int:
        """Let time pass, and return how many orders nobody confirmed in it."""
        self.now += seconds
        late = [id_ for id_, order in self.orders.items() if order.status == "pending" and order.due <= self.now]
        for id_ in late:
            self.orders[id_] = self.orders[id_].after("expire")
        return len(late)

    def reserved(self, n: int) -> int:
        return sum(order.units.held[n] for order in self.orders.values())

    def on_hand(self, n: int) -> int:
        return self.shelves[n].received - sum(order.units.gone[n] for order in self.orders.values())

    def free(self, n: int) -> int:
        return self.on_hand(n) - self.reserved(n)
