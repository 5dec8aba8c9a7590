"""Confirm an order: from now on it is to be shipped, and no longer expires."""

from dataclasses import dataclass

from application.ordering.ownership import visible
from application.ordering.ports import BeginOrdering
from application.shared.caller import Caller
from domain.ids import OrderId
from domain.ordering.order import Order
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmOrder:
    caller: Caller
    order_id: OrderId
    payment_method: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class ConfirmOrderHandler:
    """Raises: OrderNotFound, StaleVersion, IllegalTransition."""

    begin: BeginOrdering

    async def __call__(self, command: ConfirmOrder) -> Order:
        async with self.begin(command.caller) as work:
            order = visible(await work.orders.get(command.order_id), to=command.caller)
            check_version(expected=command.expected_version, actual=order.version)
            order = order.confirm(at=work.now(), payment_method=command.payment_method)
            work.orders.save(order)
            return await work.commit(order)
