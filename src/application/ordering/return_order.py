"""Take an order back, or some units of it: what was paid for them is given back, and what is restocked can be sold."""

from dataclasses import dataclass

from application.ordering.paying import Paying
from application.shared.caller import Caller
from application.shared.ports import IdFactory
from domain.ids import OrderId, ReturnId
from domain.ordering import paying
from domain.ordering.order import Order
from domain.ordering.parcels import ReturnLine


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
    """Raises: OrderNotFound, StaleVersion, IllegalTransition, RulesBroken; what paying raises."""

    pay: Paying
    new_id: IdFactory

    async def __call__(self, command: ReturnOrder) -> Order:
        own = ReturnId(self.new_id())
        return await self.pay(
            command.caller,
            command.order_id,
            command.expected_version,
            lambda order, at, mandate: paying.send_back(
                order, own, at=at, reason=command.reason, lines=command.lines, mandate=mandate
            ),
        )
