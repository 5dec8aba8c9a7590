"""The payment of an order as it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from domain.ids import PaymentId
from domain.ordering.payment import Payment
from domain.ordering.payment_lifecycle import UNDER_WAY, PaymentStatus

NO_PAYMENT: Final = "none"
PARTIALLY_REFUNDED: Final = "partially-refunded"

_STANDING: Final[Mapping[PaymentStatus, str]] = {
    PaymentStatus.DECLINED: NO_PAYMENT,  # another one may be tried
    PaymentStatus.VOIDING: PaymentStatus.AUTHORIZED,  # the money is still held
    PaymentStatus.REFUNDING: PaymentStatus.CAPTURED,  # it has not been given back yet
}
"""What a status means for the order, where that goes by another word."""

STANDINGS: Final = (NO_PAYMENT, *(s for s in PaymentStatus if s not in _STANDING), PARTIALLY_REFUNDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """A payment. Amounts are minor units of its order's currency."""

    id: PaymentId
    status: PaymentStatus
    payment_method: str
    authorized: int
    captured: int
    refunded: int
    decline_code: str | None

    @property
    def under_way(self) -> bool:
        """Whether something has begun of which nobody knows the end yet."""
        return self.status in UNDER_WAY

    @property
    def standing(self) -> str:
        """What it means for its order."""
        standing = _STANDING.get(self.status, self.status)
        return PARTIALLY_REFUNDED if standing == PaymentStatus.CAPTURED and self.refunded else str(standing)

    @classmethod
    def last_of(cls, payments: Sequence[Payment]) -> Self | None:
        if not payments:
            return None
        last = payments[-1]
        return cls(
            id=last.id,
            status=last.status,
            payment_method=last.method,
            authorized=last.authorized,
            captured=last.captured,
            refunded=last.refunded,
            decline_code=last.decline_code,
        )
