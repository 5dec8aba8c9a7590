"""What the feed needs of a store."""

from typing import Final, Protocol
from uuid import UUID

from application.feed.cloud_event import CloudEvent
from application.shared.pages import Page, PageRequest, Sort

BY_POSITION: Final = Sort("position", int)
"""How the feed is sorted: by the numbers that the relay gives, 1 … in the order in which it found events committed."""


class Feed(Protocol):
    async def page(self, organization: UUID, request: PageRequest) -> Page[CloudEvent]:
        """Return a page of the numbered events; positions are `(position, id)`. Nothing ever appears before one that
        was returned.
        """


class Relay(Protocol):
    async def relay(self, organization: UUID) -> int:
        """Give the next committed events their places in the feed, and write down who is to be told of them: both, or
        neither. Events of one subject keep the order of their sequence.

        Returns how many there were: `BATCH` or more, when there may be others; 0, too, when somebody else is at it.
        Raises: Unavailable.
        """


BATCH: Final = 500
"""Events that are numbered at once."""
