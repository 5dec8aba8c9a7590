"""Read one order."""

from dataclasses import dataclass

from application.ordering.order_view import OrderView
from application.ordering.ownership import visible
from application.ordering.ports import OrderQueries
from application.shared.caller import Caller
from domain.ids import OrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class GetOrder:
    caller: Caller
    order_id: OrderId


@dataclass(frozen=True, slots=True)
class GetOrderHandler:
    """Raises: OrderNotFound."""

    orders: OrderQueries

    async def __call__(self, query: GetOrder) -> OrderView:
        return visible(await self.orders.get(query.caller.organization, query.order_id), to=query.caller)
