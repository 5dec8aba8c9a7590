"""What catalogue and ordering both say about stock: its counters, how they move, and what is short.

`on_hand` is what lies in the warehouse, `reserved` what placed orders hold of it, `available` the difference.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from domain.ids import ProductId
from domain.shared.errors import Kind, Refused

MAX_STOCK: Final = 2_147_483_647
"""The largest count of one product: a 32-bit integer."""


class Cause(StrEnum):
    """Why a counter moved; every ledger row names one."""

    RECEIVED = "received"
    CORRECTION = "correction"
    DAMAGED = "damaged"
    RETURNED = "returned"
    RESERVED = "reserved"
    RELEASED = "released"
    SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Stock:
    """The counters of one product: `0 <= reserved <= on_hand <= MAX_STOCK`.

    Raises: ValueError, for counters that cannot be.
    """

    on_hand: int = 0
    reserved: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.reserved <= self.on_hand <= MAX_STOCK:
            raise ValueError(f"stock cannot be {self.on_hand} on hand with {self.reserved} reserved")

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """By how much the counters of one product change, and why."""

    product: ProductId
    cause: Cause
    on_hand: int = 0
    reserved: int = 0


def summed(moves: Iterable[Move]) -> dict[ProductId, tuple[int, int]]:
    """Return `(on_hand, reserved)` per product, in the order of the ids (the order in which rows are locked)."""
    sums: dict[ProductId, tuple[int, int]] = {}
    for move in moves:
        on_hand, reserved = sums.get(move.product, (0, 0))
        sums[move.product] = (on_hand + move.on_hand, reserved + move.reserved)
    return dict(sorted(sums.items()))


@dataclass(frozen=True, slots=True)
class Shortage:
    """A product of which more was asked for than there is."""

    product_id: ProductId
    requested: int
    available: int


@dataclass(eq=False)
class InventoryInsufficient(Refused):
    """Every product that is short, with what was asked for and what there is."""

    slug: ClassVar[str] = "inventory-insufficient"
    kind: ClassVar[Kind] = Kind.CONFLICT

    shortages: Sequence[Shortage]

    def __str__(self) -> str:
        short = (f"{s.requested} of product {s.product_id} asked for, {s.available} available" for s in self.shortages)
        return "; ".join(short) + "."
