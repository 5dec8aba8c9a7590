"""Take an order back, or some units of it: what is restocked can be sold again."""

from dataclasses import dataclass

from application.ordering.ownership import visible
from application.ordering.ports import BeginOrdering
from application.shared.caller import Caller
from application.shared.ports import IdFactory
from domain.ids import OrderId, ReturnId
from domain.ordering.order import Order
from domain.ordering.parcels import ReturnLine
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnOrder:
    """Take these `lines` back; None: all that has not come back yet, for sale again."""

    caller: Caller
    order_id: OrderId
    reason: str | None = None
    lines: tuple[ReturnLine, ...] | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnOrderHandler:
    """Raises: OrderNotFound, StaleVersion, IllegalTransition, RulesBroken."""

    begin: BeginOrdering
    new_id: IdFactory

    async def __call__(self, command: ReturnOrder) -> Order:
        async with self.begin(command.caller) as work:
            order = visible(await work.orders.get(command.order_id), to=command.caller)
            check_version(expected=command.expected_version, actual=order.version)
            own = ReturnId(self.new_id())
            order = order.send_back(own, at=work.now(), reason=command.reason, lines=command.lines)
            work.orders.save(order)
            return await work.commit(order)
