"""A quote: what an order would come to, and everything that stands against it."""

from dataclasses import dataclass

from domain.ids import ProductId
from domain.ordering.line import Line
from domain.shared.errors import RulesBroken, Violation
from domain.shared.money import Currency, Money
from domain.stock import InventoryInsufficient, Shortage


@dataclass(frozen=True, slots=True)
class ShortItem(Violation):
    """An item of whose product more is wanted, by all items together, than there is."""

    product_id: ProductId
    requested: int
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a draft comes to at today's prices.

    `lines` are those items whose product exists, whether it may be ordered or not. `total` is None where it cannot be
    known: a product is unknown, there is more than one currency, or it is more than an amount can say.
    """

    lines: tuple[Line, ...]
    total: Money | None
    broken: tuple[Violation, ...]
    short: tuple[ShortItem, ...]

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every broken rule, in the order of the rules; then every item that is short."""
        return (*self.broken, *self.short)

    @property
    def currency(self) -> Currency | None:
        """The currency of all lines, None where there are several, or no lines."""
        currencies = {line.unit_price.currency for line in self.lines}
        return currencies.pop() if len(currencies) == 1 else None

    def check(self) -> None:
        """Raises: RulesBroken, with all broken rules; then InventoryInsufficient, with all short products."""
        if self.broken:
            raise RulesBroken(self.broken)
        if self.short:
            raise InventoryInsufficient([Shortage(it.product_id, it.requested, it.available) for it in self.short])
