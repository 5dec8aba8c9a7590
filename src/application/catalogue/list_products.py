"""List products: newest first, or by name."""

from dataclasses import dataclass

from application.catalogue.ports import ProductFilters, ProductQueries, ProductView
from application.shared.caller import Caller
from application.shared.pages import Page, PageRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ListProducts:
    caller: Caller
    filters: ProductFilters
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListProductsHandler:
    products: ProductQueries

    async def __call__(self, query: ListProducts) -> Page[ProductView]:
        return await self.products.page(query.caller.organization, query.filters, query.page)
