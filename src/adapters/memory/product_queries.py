"""Read models of products, from memory."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from adapters.memory.pages import page_of
from adapters.memory.store import MemoryStore
from adapters.records.changes import Row
from adapters.records.product_records import beginning_with, product_view
from adapters.records.stock_records import move_view
from application.catalogue.ports import ProductFilters, ProductView, StockMoveView
from application.shared.pages import Page, PageRequest
from domain.catalogue.errors import ProductNotFound
from domain.ids import ProductId


@dataclass(frozen=True, slots=True)
class MemoryProductQueries:
    store: MemoryStore

    async def get(self, organization: UUID, id: ProductId) -> ProductView:
        await asyncio.sleep(0)
        row = self.store.row(organization, "products", id)
        if row is None:
            raise ProductNotFound(id)
        return product_view(row)

    async def page(self, organization: UUID, filters: ProductFilters, request: PageRequest) -> Page[ProductView]:
        await asyncio.sleep(0)
        wanted = (row for row in self.store.rows(organization, "products") if _wanted(row, filters))
        return page_of(wanted, request, product_view)

    async def moves(self, organization: UUID, id: ProductId, request: PageRequest) -> Page[StockMoveView]:
        await asyncio.sleep(0)
        if self.store.row(organization, "products", id) is None:
            raise ProductNotFound(id)
        return page_of(self.store.rows(organization, "stock_ledger", product_id=id), request, move_view)


def _wanted(row: Row, filters: ProductFilters) -> bool:
    start, end = beginning_with(filters.name or "")
    return (
        filters.status in {None, row["status"]}
        and filters.sku in {None, row["sku"]}
        and (filters.name is None or start <= row["folded_name"] < end)
    )
