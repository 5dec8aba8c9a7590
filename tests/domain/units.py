"""Where the units of an order are, by a model that knows none of our code: heaps of units, and what lies in which."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Self

HOLDING = {"pending", "confirmed"}


@dataclass
class Units:
    """The heaps of one order, by product: in the house, on the way, with the customer, and back.

    `lost` are those among the latter that are not for sale again; `parcels` what was packed, with whether it arrived.
    """

    wanted: dict[int, int]
    decided: str = "pending"
    house: Counter[int] = field(default_factory=Counter)
    way: Counter[int] = field(default_factory=Counter)
    customer: Counter[int] = field(default_factory=Counter)
    back: Counter[int] = field(default_factory=Counter)
    lost: Counter[int] = field(default_factory=Counter)
    parcels: list[tuple[Counter[int], bool]] = field(default_factory=list)

    @classmethod
    def of(cls, wanted: dict[int, int]) -> Self:
        return cls(dict(wanted), house=Counter(wanted))

    @property
    def state(self) -> str:
        """Where the order is: while units lie in the house it is what was decided, then the heaps say it."""
        if self.decided != "confirmed" or +self.house:
            return self.decided
        if +self.way:
            return "shipped"
        return "delivered" if +self.customer else "returned"

    @property
    def gone(self) -> Counter[int]:
        """What the warehouse lacks."""
        return self.way + self.customer + self.lost

    @property
    def held(self) -> Counter[int]:
        """What is reserved."""
        return self.house if self.state in HOLDING else Counter()

    @property
    def verbs(self) -> set[str]:
        """What can be done at all."""
        if self.state == "pending":
            return {"confirm", "cancel"}
        if self.state == "cancelled":
            return set()
        untouched = self.house == Counter(self.wanted)
        return {
            verb
            for verb, possible in {
                "cancel": untouched,
                "ship": bool(+self.house),
                "deliver": bool(+self.way),
                "send_back": not +self.house and bool(+self.way + self.customer),
            }.items()
            if possible
        }

    def ship(self, units: Counter[int]) -> None:
        self.house -= units
        self.way += units
        self.parcels.append((units, False))

    def arriving(self, parcel: int) -> Counter[int]:
        """What of a parcel is delivered: all of it, as far as it is still on the way; nothing a second time."""
        packed, arrived = self.parcels[parcel]
        return Counter() if arrived else packed & self.way

    def deliver(self, parcel: int) -> None:
        arriving = self.arriving(parcel)
        self.way -= arriving
        self.customer += arriving
        if arriving:
            self.parcels[parcel] = (self.parcels[parcel][0], True)

    def send_back(self, units: Counter[int], lost: Counter[int]) -> None:
        """What the customer has comes back first."""
        had = units & self.customer
        self.customer -= had
        self.way -= units - had
        self.back += units
        self.lost += lost
