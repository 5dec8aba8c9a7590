"""Refusals of ordering.

Refused
├── NotFound
│   ├── OrderNotFound
│   └── ShipmentNotFound    the order has no such shipment
├── PaymentFailed           the gateway does not give the money
└── PaymentInProgress       what is happening to its payment comes first

The rest of what ordering refuses is said with IllegalTransition, StaleVersion, RulesBroken and InventoryInsufficient.
"""

from dataclasses import dataclass
from typing import ClassVar

from domain.shared.errors import Kind, NotFound, Refused


class OrderNotFound(NotFound):
    resource: ClassVar[str] = "order"


class ShipmentNotFound(NotFound):
    resource: ClassVar[str] = "shipment"


@dataclass(eq=False)
class PaymentFailed(Refused):
    """The gateway declined. Nothing was shipped or confirmed for it."""

    slug: ClassVar[str] = "payment-failed"
    kind: ClassVar[Kind] = Kind.PAYMENT

    decline_code: str

    def __str__(self) -> str:
        return f"The payment was declined: {self.decline_code}."


class PaymentInProgress(Refused):
    """Somebody else's request is moving money for this order, or nobody knows yet what became of it."""

    slug: ClassVar[str] = "payment-in-progress"
    kind: ClassVar[Kind] = Kind.UNDER_WAY

    def __str__(self) -> str:
        return "A payment of this order is under way. Nothing was done."
