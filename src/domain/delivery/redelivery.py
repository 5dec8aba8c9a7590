"""Telling an endpoint once more what it was told, or should have been."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Self
from uuid import UUID

from domain.ids import WebhookEndpointId
from domain.shared.errors import Block, IllegalTransition, NotFound

MOST: Final = 1000
"""Events that one request for a range of time tells again."""

DISABLED: Final = Block("endpoint-disabled", "The endpoint is disabled: nothing is sent to it.")


class DeliveryNotFound(NotFound):
    resource: ClassVar[str] = "webhook-delivery"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEvent:
    """An event on its way to an endpoint. `n`: the last of the times it was asked for again; 0: it was not yet.
    `waits`: whether one of those times is not over. `at`: when it came into the feed.
    """

    event_id: UUID
    position: int
    subject: str
    subject_id: UUID
    type: str
    n: int
    waits: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An endpoint, some of the events that were meant for it, and which of them it is told `again`."""

    id: WebhookEndpointId
    version: int
    enabled: bool
    events: tuple[ToldEvent, ...]
    again: tuple[ToldEvent, ...] = ()

    def redeliver(self) -> Self:
        """Tell all of them again, but for what waits to be told anyway.

        Raises: IllegalTransition, when the endpoint is disabled.
        """
        if not self.enabled:
            raise IllegalTransition("disabled", "redeliver", allowed=(), blocked_by=(DISABLED,))
        return replace(self, again=tuple(replace(event, n=event.n + 1) for event in self.events if not event.waits))
