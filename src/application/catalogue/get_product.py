"""Read one product."""

from dataclasses import dataclass

from application.catalogue.ports import ProductQueries, ProductView
from application.shared.caller import Caller
from domain.ids import ProductId


@dataclass(frozen=True, slots=True, kw_only=True)
class GetProduct:
    caller: Caller
    product_id: ProductId


@dataclass(frozen=True, slots=True)
class GetProductHandler:
    """Raises: ProductNotFound."""

    products: ProductQueries

    async def __call__(self, query: GetProduct) -> ProductView:
        return await self.products.get(query.caller.organization, query.product_id)
