"""List orders, page after page."""

from dataclasses import dataclass

from application.ordering.order_view import OrderView
from application.ordering.ownership import narrowed
from application.ordering.ports import OrderFilters, OrderQueries
from application.shared.caller import Caller
from application.shared.pages import Page, PageRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOrders:
    caller: Caller
    filters: OrderFilters
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListOrdersHandler:
    orders: OrderQueries

    async def __call__(self, query: ListOrders) -> Page[OrderView]:
        filters = narrowed(query.filters, to=query.caller)
        if filters is None:
            return Page.empty()
        return await self.orders.page(query.caller.organization, filters, query.page)
