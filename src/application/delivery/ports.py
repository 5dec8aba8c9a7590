"""What deliveries need of the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from application.delivery.notices import Recipient
from application.webhooks.ports import NotSent, Sent
from domain.delivery.verdict import Verdict
from domain.ids import DeliveryId, WebhookEndpointId


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """All that one organization sends to one endpoint; `endpoint_id` None: by mail. No lane waits for another."""

    organization: UUID
    endpoint_id: WebhookEndpointId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a webhook goes, and the secrets that sign it, still encrypted, the newest first."""

    url: str
    secrets: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that is ours for a while. `subject`: within it, the order is kept. `made`: attempts before.

    `fence`: which claim of it this is. `body`: the event as JSON, as it is sent; `data` is the resource that it says,
    and `facts` what else. `to`: where it goes; None: nobody is there any more.
    """

    id: DeliveryId
    fence: int
    event_id: UUID
    type: str
    subject: str
    made: int
    body: str = field(repr=False)
    data: Mapping[str, Any] = field(repr=False)
    facts: Mapping[str, Any] = field(repr=False)
    to: Target | Recipient | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Deliveries that were claimed together, each behind whatever of its subject goes before it.

    `shop`: the name of the organization. `more`: whether there may be others that are due.
    """

    lane: Lane
    shop: str
    deliveries: tuple[Claimed, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt at a delivery: when it began, what came of it, and what that means; None: there was nobody."""

    delivery: Claimed
    at: datetime
    came: Sent | NotSent | None
    verdict: Verdict


class DeliveryQueue(Protocol):
    """The deliveries that are due. It holds nothing between two calls."""

    async def lanes(self, organization: UUID) -> Sequence[Lane]:
        """Return the lanes of an organization in which something is due."""

    async def claim(self, lane: Lane, *, limit: int, lease: float) -> Batch:
        """Take up to `limit` deliveries that are ready, for `lease` seconds: whoever asks later gets others, or none.

        Ready is what is due, and has every earlier one of its subject that is pending beside it in the batch. One that
        has nobody to go to is among them.
        """

    async def settle(self, batch: Batch, attempts: Sequence[Attempt]) -> int:
        """Write down what came of a batch, and give back what was not tried; return how many were still ours.

        What somebody else has taken over meanwhile is theirs to judge. A verdict that the endpoint is gone disables it.
        """


class Carrier(Protocol):
    async def carry(self, batch: Batch, delivery: Claimed) -> Sent | NotSent:
        """Bring one of a batch to whom it is for, once. No connection to a database is held meanwhile."""
