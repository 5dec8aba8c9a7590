"""Ship an order, or some units of it: they leave the warehouse."""

from dataclasses import dataclass

from application.ordering.ownership import visible
from application.ordering.ports import BeginOrdering
from application.shared.caller import Caller
from application.shared.ports import IdFactory
from domain.ids import OrderId, ShipmentId
from domain.ordering.order import Order
from domain.ordering.parcels import ShipmentLine
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipOrder:
    """Ship these `lines`; None: all that is left."""

    caller: Caller
    order_id: OrderId
    carrier: str | None = None
    tracking_number: str | None = None
    lines: tuple[ShipmentLine, ...] | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class ShipOrderHandler:
    """Raises: OrderNotFound, StaleVersion, IllegalTransition, RulesBroken."""

    begin: BeginOrdering
    new_id: IdFactory

    async def __call__(self, command: ShipOrder) -> Order:
        async with self.begin(command.caller) as work:
            order = visible(await work.orders.get(command.order_id), to=command.caller)
            check_version(expected=command.expected_version, actual=order.version)
            order = order.ship(
                ShipmentId(self.new_id()),
                at=work.now(),
                carrier=command.carrier,
                tracking_number=command.tracking_number,
                lines=command.lines,
            )
            work.orders.save(order)
            return await work.commit(order)
