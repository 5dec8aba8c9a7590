"""Confirm an order: its money is held; from now on it is to be shipped, and no longer expires."""

from dataclasses import dataclass

from application.ordering.paying import Paying
from application.shared.caller import Caller
from application.shared.ports import IdFactory
from domain.ids import OrderId, PaymentId
from domain.ordering import paying
from domain.ordering.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmOrder:
    caller: Caller
    order_id: OrderId
    payment_method: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class ConfirmOrderHandler:
    """Raises: OrderNotFound, StaleVersion, IllegalTransition; what paying raises."""

    pay: Paying
    new_id: IdFactory

    async def __call__(self, command: ConfirmOrder) -> Order:
        own = PaymentId(self.new_id())
        return await self.pay(
            command.caller,
            command.order_id,
            command.expected_version,
            lambda order, at, mandate: paying.confirm(
                order, own, at=at, method=command.payment_method, mandate=mandate
            ),
        )
