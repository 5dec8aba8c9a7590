"""Read models of products, from memory."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from adapters.memory.pages import page_of
from adapters.memory.store import MemoryStore
from adapters.records.product_records import product_view
from application.catalogue.ports import ProductView
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

    async def page(self, organization: UUID, request: PageRequest) -> Page[ProductView]:
        await asyncio.sleep(0)
        return page_of(self.store.rows(organization, "products"), request, product_view)
