"""A line of an order: what it was called and cost, and where its units are."""

from dataclasses import dataclass, replace
from typing import Self

from domain.ids import LineId, ProductId
from domain.ordering.progress import on_the_way
from domain.shared.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One product of an order: a snapshot of what it was called and cost, and how many units are where.

    `shipped`, `delivered`, `returned` and `recalled` count units; `recalled` are those among the returned that came
    back without ever having arrived, so `shipped - delivered - recalled` are on the way.
    """

    id: LineId
    product_id: ProductId
    sku: str
    name: str
    unit_price: Money
    quantity: int
    shipped: int = 0
    delivered: int = 0
    returned: int = 0
    recalled: int = 0

    @property
    def line_total(self) -> Money:
        return self.unit_price * self.quantity

    @property
    def to_ship(self) -> int:
        return self.quantity - self.shipped

    @property
    def on_the_way(self) -> int:
        return on_the_way(self)

    @property
    def kept(self) -> int:
        """How many units arrived and stayed there."""
        return self.delivered - (self.returned - self.recalled)

    @property
    def to_return(self) -> int:
        return self.shipped - self.returned

    def ship(self, units: int) -> Self:
        return replace(self, shipped=self.shipped + units)

    def deliver(self, units: int) -> Self:
        return replace(self, delivered=self.delivered + units)

    def send_back(self, units: int) -> Self:
        """First those come back that had arrived, then those that are on the way."""
        recalled = max(0, units - self.kept)
        return replace(self, returned=self.returned + units, recalled=self.recalled + recalled)
