"""Deliver an order, or one of its shipments: what was on the way has arrived."""

from dataclasses import dataclass

from application.ordering.ownership import visible
from application.ordering.ports import BeginOrdering
from application.shared.caller import Caller
from domain.ids import OrderId, ShipmentId
from domain.ordering.order import Order
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverOrder:
    """Deliver this shipment; None: everything that is on the way."""

    caller: Caller
    order_id: OrderId
    shipment_id: ShipmentId | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class DeliverOrderHandler:
    """Raises: OrderNotFound, ShipmentNotFound, StaleVersion, IllegalTransition."""

    begin: BeginOrdering

    async def __call__(self, command: DeliverOrder) -> Order:
        async with self.begin(command.caller) as work:
            order = visible(await work.orders.get(command.order_id), to=command.caller)
            check_version(expected=command.expected_version, actual=order.version)
            order = order.deliver(at=work.now(), shipment_id=command.shipment_id)
            work.orders.save(order)
            return await work.commit(order)
