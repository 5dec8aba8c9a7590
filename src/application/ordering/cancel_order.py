"""Cancel an order before it ships: its stock is free again."""

from dataclasses import dataclass

from application.ordering.ownership import visible
from application.ordering.ports import BeginOrdering
from application.shared.caller import Caller
from domain.ids import OrderId
from domain.ordering.order import CancelledBy, Order
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    caller: Caller
    order_id: OrderId
    reason: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class CancelOrderHandler:
    """Raises: OrderNotFound, StaleVersion, IllegalTransition."""

    begin: BeginOrdering

    async def __call__(self, command: CancelOrder) -> Order:
        by = CancelledBy.CUSTOMER if command.caller.principal.customer_id else CancelledBy.MEMBER
        async with self.begin(command.caller) as work:
            order = visible(await work.orders.get(command.order_id), to=command.caller)
            check_version(expected=command.expected_version, actual=order.version)
            order = order.cancel(at=work.now(), by=by, reason=command.reason)
            work.orders.save(order)
            return await work.commit(order)
