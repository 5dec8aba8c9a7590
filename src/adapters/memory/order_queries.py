"""Read models of orders, from memory."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from adapters.memory.orders import rows_of_order
from adapters.memory.pages import numbered_page_of, page_of
from adapters.memory.store import MemoryStore
from adapters.records.changes import Row
from adapters.records.order_records import order_view, timeline_entry
from application.ordering.order_view import OrderView
from application.ordering.ports import OrderFilters
from application.ordering.timeline import Timeline
from application.shared.pages import NumberedPage, NumberedRequest, Page, PageRequest
from domain.ids import OrderId
from domain.ordering.errors import OrderNotFound
from domain.ordering.events import OrderNoted


@dataclass(frozen=True, slots=True)
class MemoryOrderQueries:
    store: MemoryStore

    async def get(self, organization: UUID, id: OrderId) -> OrderView:
        await asyncio.sleep(0)
        return order_view(rows_of_order(self.store, organization, id))

    async def page(self, organization: UUID, filters: OrderFilters, request: PageRequest) -> Page[OrderView]:
        await asyncio.sleep(0)
        return page_of(self._wanted(organization, filters), request, partial(self._view, organization))

    async def numbered_page(
        self, organization: UUID, filters: OrderFilters, request: NumberedRequest
    ) -> NumberedPage[OrderView]:
        await asyncio.sleep(0)
        return numbered_page_of(self._wanted(organization, filters), request, partial(self._view, organization))

    async def timeline(self, organization: UUID, id: OrderId, request: PageRequest, *, notes: bool) -> Timeline:
        await asyncio.sleep(0)
        order = self.store.row(organization, "orders", id)
        if order is None:
            raise OrderNotFound(id)
        told = [
            row
            for row in self.store.rows(organization, "events", subject_id=id)
            if notes or row["type"] != OrderNoted.type
        ]
        return Timeline(id=id, customer_id=order["customer_id"], page=page_of(told, request, timeline_entry))

    def _view(self, organization: UUID, row: Row) -> OrderView:
        return order_view(rows_of_order(self.store, organization, row["id"]))

    def _wanted(self, organization: UUID, filters: OrderFilters) -> list[Row]:
        of_whom = {} if filters.customer_id is None else {"customer_id": filters.customer_id}
        rows = self.store.rows(organization, "orders", **of_whom)
        if filters.product_id is not None:
            lines = self.store.rows(organization, "order_lines", product_id=filters.product_id)
            holding = {line["order_id"] for line in lines}
            rows = [row for row in rows if row["id"] in holding]
        asked = [(asks, value) for name, asks in _CONDITIONS.items() if (value := getattr(filters, name)) is not None]
        return [row for row in rows if all(asks(row, value) for asks, value in asked)]


_CONDITIONS: Final[Mapping[str, Callable[[Row, Any], bool]]] = {
    "statuses": lambda row, statuses: not statuses or row["status"] in statuses,
    "created_from": lambda row, instant: row["created_at"] >= instant,
    "created_to": lambda row, instant: row["created_at"] < instant,
    "total_from": lambda row, amount: row["total"] >= amount,
    "total_to": lambda row, amount: row["total"] < amount,
    "number": lambda row, number: row["number"] == number,
    "external_reference": lambda row, reference: row["external_reference"] == reference,
}
"""What each filter asks of an order; customer and product are found by what refers to them."""
