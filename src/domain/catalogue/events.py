"""What happens to products."""

from dataclasses import dataclass
from typing import ClassVar

from domain.ids import AdjustmentId, ProductId
from domain.shared.events import Event
from domain.stock import Move


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductEvent(Event):
    """Something happened to a product, and `moves` of its stock with it."""

    product_id: ProductId
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductChanged(ProductEvent):
    """The catalogue says something new of it (its first words included)."""

    type: ClassVar[str] = "product.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAdjusted(ProductEvent):
    """Somebody counted, received, lost or took back units: `change` is how many more there are."""

    type: ClassVar[str] = "stock.adjusted"

    adjustment_id: AdjustmentId
    change: int
    reason: str
    note: str | None
