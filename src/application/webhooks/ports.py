"""What webhooks need of the world."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from application.shared.pages import Page, PageRequest
from application.shared.work import Begin, Work
from domain.ids import WebhookEndpointId
from domain.webhooks.endpoint import Endpoint, EndpointStatus
from domain.webhooks.event_filter import EventFilter


class Endpoints(Protocol):
    async def get(self, id: WebhookEndpointId) -> Endpoint:
        """Return the endpoint as it is now. Raises: WebhookEndpointNotFound, for a removed one, too."""

    def save(self, endpoint: Endpoint) -> None:
        """Stage the endpoint. A new one is one that was not read."""

    def remove(self, endpoint: Endpoint) -> None:
        """Stage a removed endpoint, and that every delivery to it which is not settled is dropped."""


class WebhooksWork(Work, Protocol):
    @property
    def endpoints(self) -> Endpoints: ...


BeginWebhooks = Begin[WebhooksWork]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointView:
    """One endpoint as it is shown: never its secrets."""

    id: WebhookEndpointId
    url: str
    event_types: tuple[EventFilter, ...]
    status: EndpointStatus
    created_at: datetime
    version: int

    @classmethod
    def of(cls, endpoint: Endpoint) -> "EndpointView":
        return cls(
            id=endpoint.id,
            url=endpoint.url,
            event_types=endpoint.event_types,
            status=endpoint.status,
            created_at=endpoint.created_at,
            version=endpoint.version,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSecret:
    """An endpoint, and for this one time its newest secret, `whsec_…`."""

    endpoint: Endpoint
    secret: str


class EndpointQueries(Protocol):
    async def get(self, organization: UUID, id: WebhookEndpointId) -> EndpointView:
        """Raises: WebhookEndpointNotFound."""

    async def page(self, organization: UUID, request: PageRequest) -> Page[EndpointView]:
        """Return a page of those that are not removed, newest first; positions are `(created_at, id)`."""


class SigningSecrets(Protocol):
    """The secrets of endpoints, of which the store sees only what nobody else can read."""

    def new(self) -> bytes:
        """Return 32 random bytes."""

    def seal(self, secret: bytes, organization: UUID, endpoint: WebhookEndpointId) -> bytes:
        """Return it encrypted. It opens for this endpoint only."""

    def unseal(self, sealed: bytes, organization: UUID, endpoint: WebhookEndpointId) -> bytes:
        """Return what was sealed, under this master key or the one before it. Raises: Unsealable."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiver answered, with this `status`, after so many milliseconds. Whether it is pleased, the status says."""

    status: int
    ms: int


class Why(StrEnum):
    """Why nothing was answered."""

    REFUSED = "refused"  # we do not send there: not public, not https, not one clear address
    UNRESOLVED = "unresolved"  # the name leads nowhere
    UNREACHABLE = "unreachable"  # no connection, or none that is secure
    TIMED_OUT = "timed-out"  # no whole answer in time
    BROKEN = "broken"  # the connection ended early, or what came back is no HTTP


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nobody answered; the receiver may have heard it all the same. `ms`: after so many milliseconds."""

    why: Why
    ms: int


class Sender(Protocol):
    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent | NotSent:
        """POST the body there, once, and say what came of it, within 10 seconds. Never follows a redirect.

        Raises nothing: whatever a receiver does is an outcome.
        """
