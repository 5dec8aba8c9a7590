"""Ship an order, or some units of it: they leave the warehouse, the first of them once the money is ours."""

from dataclasses import dataclass

from application.ordering.paying import Paying
from application.shared.caller import Caller
from application.shared.ports import IdFactory
from domain.ids import OrderId, ShipmentId
from domain.ordering import paying
from domain.ordering.order import Order
from domain.ordering.parcels import ShipmentLine


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
    """Raises: OrderNotFound, StaleVersion, IllegalTransition, RulesBroken; what paying raises."""

    pay: Paying
    new_id: IdFactory

    async def __call__(self, command: ShipOrder) -> Order:
        own = ShipmentId(self.new_id())
        return await self.pay(
            command.caller,
            command.order_id,
            command.expected_version,
            lambda order, at, mandate: paying.ship(
                order,
                own,
                at=at,
                carrier=command.carrier,
                tracking_number=command.tracking_number,
                lines=command.lines,
                mandate=mandate,
            ),
        )
