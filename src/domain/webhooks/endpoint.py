"""A webhook endpoint: where an organization wants to be told what happens, and how it knows that it is us."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self, TypedDict, Unpack

from domain.ids import WebhookEndpointId
from domain.webhooks.errors import WebhookEndpointNotFound
from domain.webhooks.event_filter import EventFilter

OVERLAP: Final = timedelta(hours=24)
"""How long the previous secret still signs beside the new one, so that the receiver can change it in peace."""


class EndpointStatus(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"


class Because(StrEnum):
    """Why an endpoint is told nothing."""

    ASKED = "asked"  # a member wanted it so
    GONE = "gone"  # the receiver answered 410
    REMOVED = "removed"  # there is no such endpoint any more


class EndpointChange(TypedDict, total=False):
    """What is true of an endpoint from now on; what is left out stays as it is."""

    url: str
    event_types: tuple[EventFilter, ...]
    status: EndpointStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Every change adds 1 to `version`. Instants are real ones, of whatever the sandbox's clock says: receivers live in
    our time.

    `secret` and `previous_secret` are encrypted; the previous one signs until `previous_until`.
    Without `event_types` it is told everything.
    """

    id: WebhookEndpointId
    url: str
    event_types: tuple[EventFilter, ...]
    status: EndpointStatus
    disabled_because: Because | None = None
    secret: bytes
    previous_secret: bytes | None = None
    previous_until: datetime | None = None
    created_at: datetime
    removed_at: datetime | None = None
    version: int = 1

    @classmethod
    def open(
        cls, id: WebhookEndpointId, *, url: str, event_types: tuple[EventFilter, ...], secret: bytes, at: datetime
    ) -> Self:
        """Return a new endpoint, which is told what happens from now on."""
        types = _once(event_types)
        return cls(id=id, url=url, event_types=types, status=EndpointStatus.ENABLED, secret=secret, created_at=at)

    def change(self, **said: Unpack[EndpointChange]) -> Self:
        """Want something else. What is so already changes nothing: no version."""
        if "event_types" in said:
            said["event_types"] = _once(said["event_types"])
        changed = replace(self, **said)
        if changed.status is not self.status:
            because = Because.ASKED if changed.status is EndpointStatus.DISABLED else None
            changed = replace(changed, disabled_because=because)
        return self if changed == self else replace(changed, version=self.version + 1)

    def disable(self, because: Because) -> Self:
        """Be told nothing more, until somebody changes that. Who is told nothing already stays as it is."""
        if self.status is EndpointStatus.DISABLED:
            return self
        return replace(self, status=EndpointStatus.DISABLED, disabled_because=because, version=self.version + 1)

    def rotate(self, secret: bytes, *, at: datetime) -> Self:
        """Sign with another secret; the one before it signs, too, for a day. One before that does not any more."""
        return replace(
            self, secret=secret, previous_secret=self.secret, previous_until=at + OVERLAP, version=self.version + 1
        )

    def remove(self, *, at: datetime) -> Self:
        """Be told nothing more, and forget the secrets. Raises: WebhookEndpointNotFound, when that was done before."""
        if self.removed_at is not None:
            raise WebhookEndpointNotFound(self.id)
        return replace(
            self,
            status=EndpointStatus.DISABLED,
            disabled_because=Because.REMOVED,
            secret=b"",
            previous_secret=None,
            previous_until=None,
            removed_at=at,
            version=self.version + 1,
        )

    def secrets(self, at: datetime) -> tuple[bytes, ...]:
        """Return what signs at this instant, still encrypted, the newest first."""
        if self.previous_secret is None or self.previous_until is None or at >= self.previous_until:
            return (self.secret,)
        return self.secret, self.previous_secret

    def wants(self, type: str) -> bool:
        """Whether it is to be told of events of this type."""
        if self.status is EndpointStatus.DISABLED:
            return False
        return not self.event_types or any(wanted.takes(type) for wanted in self.event_types)


def _once(types: tuple[EventFilter, ...]) -> tuple[EventFilter, ...]:
    """Without what is said twice; in the order in which it was said."""
    return tuple(dict.fromkeys(types))
