"""Browse orders by the numbers of pages, and learn how many there are."""

from dataclasses import dataclass

from application.ordering.order_view import OrderView
from application.ordering.ownership import narrowed
from application.ordering.ports import OrderFilters, OrderQueries
from application.shared.caller import Caller
from application.shared.pages import NumberedPage, NumberedRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowseOrders:
    caller: Caller
    filters: OrderFilters
    page: NumberedRequest


@dataclass(frozen=True, slots=True)
class BrowseOrdersHandler:
    orders: OrderQueries

    async def __call__(self, query: BrowseOrders) -> NumberedPage[OrderView]:
        filters = narrowed(query.filters, to=query.caller)
        if filters is None:
            return NumberedPage(items=(), request=query.page, total_count=0)
        return await self.orders.numbered_page(query.caller.organization, filters, query.page)
