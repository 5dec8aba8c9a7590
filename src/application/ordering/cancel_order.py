"""Cancel an order before it ships: its stock is free again, and so is its money."""

from dataclasses import dataclass

from application.ordering.paying import Paying
from application.shared.caller import Caller
from domain.ids import OrderId
from domain.ordering import paying
from domain.ordering.order import CancelledBy, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    caller: Caller
    order_id: OrderId
    reason: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class CancelOrderHandler:
    """Raises: OrderNotFound, StaleVersion, IllegalTransition; what paying raises."""

    pay: Paying

    async def __call__(self, command: CancelOrder) -> Order:
        by = CancelledBy.CUSTOMER if command.caller.principal.customer_id else CancelledBy.MEMBER
        return await self.pay(
            command.caller,
            command.order_id,
            command.expected_version,
            lambda order, at, mandate: paying.cancel(order, at=at, by=by, reason=command.reason, mandate=mandate),
        )
