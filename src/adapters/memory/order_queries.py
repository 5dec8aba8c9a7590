"""Read models of orders, from memory."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from adapters.memory.orders import rows_of_order
from adapters.memory.pages import page_of
from adapters.memory.store import MemoryStore
from adapters.records.changes import Row
from adapters.records.order_records import order_view
from application.ordering.order_view import OrderView
from application.ordering.ports import OrderFilters
from application.shared.pages import Page, PageRequest
from domain.ids import OrderId


@dataclass(frozen=True, slots=True)
class MemoryOrderQueries:
    store: MemoryStore

    async def get(self, organization: UUID, id: OrderId) -> OrderView:
        await asyncio.sleep(0)
        return order_view(rows_of_order(self.store, organization, id))

    async def page(self, organization: UUID, filters: OrderFilters, request: PageRequest) -> Page[OrderView]:
        await asyncio.sleep(0)
        of_whom = {} if filters.customer_id is None else {"customer_id": filters.customer_id}
        wanted = [
            row
            for row in self.store.rows(organization, "orders", **of_whom)
            if not filters.statuses or row["status"] in filters.statuses
        ]

        def view(row: Row) -> OrderView:
            return order_view(rows_of_order(self.store, organization, row["id"]))

        return page_of(wanted, request, view)
