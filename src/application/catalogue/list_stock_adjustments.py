"""List what moved the stock of a product, the last move first."""

from dataclasses import dataclass

from application.catalogue.ports import ProductQueries, StockMoveView
from application.shared.caller import Caller
from application.shared.pages import Page, PageRequest
from domain.ids import ProductId


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStockAdjustments:
    caller: Caller
    product_id: ProductId
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListStockAdjustmentsHandler:
    """Raises: ProductNotFound."""

    products: ProductQueries

    async def __call__(self, query: ListStockAdjustments) -> Page[StockMoveView]:
        return await self.products.moves(query.caller.organization, query.product_id, query.page)
