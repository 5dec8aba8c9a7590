"""Reconcile a payment whose outcome nobody has heard: ask the gateway, and settle it."""

from dataclasses import dataclass

from application.ordering.paying import Paying
from application.shared.caller import Caller
from domain.ids import OrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcilePayment:
    """The house's own command: `caller` is the system."""

    caller: Caller
    order_id: OrderId


@dataclass(frozen=True, slots=True)
class ReconcilePaymentHandler:
    """Any number may try at once: one takes it over. Raises: OrderNotFound, ConcurrentModification, Unavailable."""

    pay: Paying

    async def __call__(self, command: ReconcilePayment) -> bool:
        """Say whether it was settled. What is not, comes up again when the new lease is over."""
        return await self.pay.reconcile(command.caller, command.order_id)
