"""What became of deliveries, and telling something again: what both need of the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.shared.pages import Page, PageRequest
from application.shared.work import Begin, Work
from domain.delivery.redelivery import Told
from domain.delivery.verdict import DeliveryState
from domain.ids import DeliveryId, WebhookEndpointId


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One attempt: when it was begun, what the receiver answered (None: it did not; then `error` is why), and after how
    many milliseconds.
    """

    at: datetime
    status: int | None
    ms: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """One event on its way to one endpoint. `redelivery`: 0, or which of the times it was asked for again."""

    id: DeliveryId
    event_id: UUID
    type: str
    subject: str
    state: DeliveryState
    redelivery: int
    attempts: Sequence[AttemptView]
    next_attempt_at: datetime | None
    created_at: datetime
    settled_at: datetime | None


class DeliveryLog(Protocol):
    async def page(
        self, organization: UUID, endpoint_id: WebhookEndpointId, request: PageRequest
    ) -> Page[DeliveryView]:
        """Return a page of all that was meant for an endpoint, newest first, each with all of its attempts.

        Raises: WebhookEndpointNotFound.
        """


class Redeliveries(Protocol):
    async def one(self, id: DeliveryId) -> Told:
        """Return what this delivery told, or was to. Raises: DeliveryNotFound, for what is no webhook, too."""

    async def between(self, endpoint: WebhookEndpointId, start: datetime, end: datetime, limit: int) -> Told:
        """Return what was meant for an endpoint from `start` until before `end`, the first `limit` events of it, by the
        real instants at which they came into the feed. Raises: WebhookEndpointNotFound.
        """

    def save(self, told: Told) -> None:
        """Stage what is told again."""


class RedeliveryWork(Work, Protocol):
    @property
    def redeliveries(self) -> Redeliveries: ...


BeginRedelivery = Begin[RedeliveryWork]
