"""What customers are told by mail, and the port that tells them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from uuid import UUID

from application.webhooks.ports import NotSent, Sent

NOTICED: Final = frozenset(
    {"order.placed", "order.confirmed", "order.shipped", "order.cancelled", "order.expired", "payment.refunded"}
)
"""The types of events of which customers are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    email: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell. `id` is the delivery's: who is told twice can know it by that. `order` is the resource as the
    event says it, `facts` what else the event says; `shop` is the name of the organization.
    """

    id: UUID
    type: str
    shop: str
    recipient: Recipient = field(repr=False)
    order: Mapping[str, Any] = field(repr=False)
    facts: Mapping[str, Any] = field(repr=False)


class Notifier(Protocol):
    """Tells a customer. It answers within 20 seconds; whoever asks holds no connection meanwhile."""

    async def notify(self, notice: Notice) -> Sent | NotSent:
        """Tell it, once. Raises nothing: whatever a mail server does is an outcome; the
        status of what is Sent is the server's own, 250 where it has taken it upon itself."""
