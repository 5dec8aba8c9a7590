"""Read the feed: every event of the organization, in the order in which they were numbered."""

from dataclasses import dataclass, replace

from application.feed.cloud_event import CloudEvent
from application.feed.ports import Feed
from application.shared.caller import Caller
from application.shared.pages import Page, PageRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEvents:
    caller: Caller
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListEventsHandler:
    """Whoever has read all that there is, asks again from where he is: an empty page begins and ends there."""

    feed: Feed

    async def __call__(self, query: ListEvents) -> Page[CloudEvent]:
        page = await self.feed.page(query.caller.organization, query.page)
        if page.items:
            return page
        return replace(page, start=query.page.position, end=query.page.position)
