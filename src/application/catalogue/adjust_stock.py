"""Put units of a product on hand, or take them away, and say why."""

from dataclasses import dataclass
from datetime import datetime

from application.catalogue.ports import BeginCatalogue
from application.shared.caller import Caller
from application.shared.ports import IdFactory
from domain.catalogue.product import AdjustmentReason
from domain.ids import AdjustmentId, ProductId


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustStock:
    """`change` units more, or fewer when negative; never 0."""

    caller: Caller
    product_id: ProductId
    change: int
    reason: AdjustmentReason
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAdjustment:
    """What was written down. `actor` is who did it."""

    id: AdjustmentId
    product_id: ProductId
    change: int
    reason: AdjustmentReason
    note: str | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AdjustStockHandler:
    """Raises: ProductNotFound, InventoryInsufficient."""

    begin: BeginCatalogue
    new_id: IdFactory

    async def __call__(self, command: AdjustStock) -> StockAdjustment:
        async with self.begin(command.caller) as work:
            product = await work.products.get(command.product_id)
            adjustment = StockAdjustment(
                id=AdjustmentId(self.new_id()),
                product_id=product.id,
                change=command.change,
                reason=command.reason,
                note=command.note,
                actor=str(command.caller.principal),
                at=work.now(),
            )
            product = product.adjust(
                adjustment.id, change=command.change, reason=command.reason, note=command.note, at=adjustment.at
            )
            work.products.save(product)
            return await work.commit(adjustment)
