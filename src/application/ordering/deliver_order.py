"""Deliver an order: everything that was on the way has arrived."""

from dataclasses import dataclass

from application.ordering.ownership import visible
from application.ordering.ports import BeginOrdering
from application.shared.caller import Caller
from domain.ids import OrderId
from domain.ordering.order import Order
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverOrder:
    caller: Caller
    order_id: OrderId
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class DeliverOrderHandler:
    """Raises: OrderNotFound, StaleVersion, IllegalTransition."""

    begin: BeginOrdering

    async def __call__(self, command: DeliverOrder) -> Order:
        async with self.begin(command.caller) as work:
            order = visible(await work.orders.get(command.order_id), to=command.caller)
            check_version(expected=command.expected_version, actual=order.version)
            order = order.deliver(at=work.now())
            work.orders.save(order)
            return await work.commit(order)
