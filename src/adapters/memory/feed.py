"""The feed in memory, where events are numbered as they are committed."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from adapters.memory.pages import page_of
from adapters.memory.store import MemoryStore
from adapters.records.changes import Row
from adapters.records.cloud_events import cloud_event
from adapters.records.relaying import Waiting, relayed
from application.feed.cloud_event import CloudEvent
from application.shared.pages import Page, PageRequest
from application.shared.ports import IdFactory


@dataclass(frozen=True, slots=True)
class MemoryFeed:
    store: MemoryStore

    async def page(self, organization: UUID, request: PageRequest) -> Page[CloudEvent]:
        await asyncio.sleep(0)
        numbered = (row for row in self.store.rows(organization, "events") if row["position"] is not None)
        return page_of(numbered, request, partial(cloud_event, organization))


@dataclass(frozen=True, slots=True)
class MemoryRelay:
    """There is nothing left to do, since `number` has done it: all that it does is to tell how much there was."""

    store: MemoryStore
    _told: dict[UUID, int] = field(default_factory=dict, init=False)

    async def relay(self, organization: UUID) -> int:
        """Return how many events have been given places since this was asked last."""
        await asyncio.sleep(0)
        before, now = self._told.get(organization, 0), self.store.count(organization, "events")
        self._told[organization] = now
        return now - before


def number(store: MemoryStore, organization: UUID, written: Iterable[Row], *, at: datetime, new_id: IdFactory) -> None:
    """Give events that were just written their places, in the same breath; `at` is the real instant."""
    events = list(written)
    house = store.row(organization, "organizations")
    if not events or house is None:
        return
    waiting = Waiting(
        events=events,
        last=store.count(organization, "events") - len(events),
        endpoints=[row for row in store.rows(organization, "webhook_endpoints") if row["status"] == "enabled"],
        mail=house["mail"],
    )
    store.carry_out(organization, relayed(organization, waiting, at=at, new_id=new_id))
