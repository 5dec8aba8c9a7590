"""Read models of customers, from memory."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from adapters.memory.pages import page_of
from adapters.memory.store import MemoryStore
from adapters.records.customer_records import customer_view
from application.customers.ports import CustomerView
from application.shared.pages import Page, PageRequest
from domain.customers.errors import CustomerNotFound
from domain.ids import CustomerId


@dataclass(frozen=True, slots=True)
class MemoryCustomerQueries:
    store: MemoryStore

    async def get(self, organization: UUID, id: CustomerId) -> CustomerView:
        await asyncio.sleep(0)
        row = self.store.row(organization, "customers", id)
        if row is None:
            raise CustomerNotFound(id)
        return customer_view(row)

    async def page(self, organization: UUID, request: PageRequest) -> Page[CustomerView]:
        await asyncio.sleep(0)
        return page_of(self.store.rows(organization, "customers"), request, customer_view)
