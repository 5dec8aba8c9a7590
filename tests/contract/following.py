"""Consumers of what happens: one who walks the feed, as one should, and one who reads by id, as many have."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

from application.feed.cloud_event import CloudEvent
from application.feed.list_events import ListEvents, ListEventsHandler
from application.feed.ports import BATCH, BY_POSITION
from application.shared.pages import Page, PageRequest
from tests.contract.house import House

Seen = tuple[UUID, str, int]
"""Of an event: its id, its subject, and its number among the events of that."""

Reader = Callable[[], Awaitable[list[Seen]]]
"""Returns what there is now that it has not returned before."""


def reading(house: House) -> Callable[[PageRequest], Awaitable[Page[CloudEvent]]]:
    handler = ListEventsHandler(house.backend.feed)
    return lambda page: handler(ListEvents(caller=house.caller, page=page))


async def relayed(house: House) -> int:
    """Relay all that there is."""
    count = 0
    while (done := await house.backend.relay.relay(house.caller.organization)) >= BATCH:
        count += done
    return count + done


def seen(event: CloudEvent) -> Seen:
    return event.id, event.subject, event.sequence


@dataclass
class Walker:
    """Walks the feed: keeps the last cursor, and asks again from there."""

    house: House
    request: PageRequest = field(default_factory=lambda: PageRequest(sort=BY_POSITION, limit=7))

    async def __call__(self) -> list[Seen]:
        found: list[Seen] = []
        while True:
            page = await reading(self.house)(self.request)
            found += map(seen, page.items)
            if page.end is not None:
                self.request = replace(self.request, position=page.end)
            if not page.has_next:
                return found


@dataclass
class ByIds:
    """Reads whatever has a greater id than the last one that it has read."""

    house: House
    last: UUID = field(default_factory=lambda: UUID(int=0))

    async def __call__(self) -> list[Seen]:
        rows = [row for row in await self.house.rows("events") if row["id"] > self.last]
        found = sorted((row["id"], f"{row['subject']}s/{row['subject_id']}", row["sequence"]) for row in rows)
        if found:
            self.last = found[-1][0]
        return found
