"""The feed: numbered events, a page at a time."""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from uuid import UUID

from sqlalchemy import select

from adapters.postgres.paging import ordered, page
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import of_organization
from adapters.records.cloud_events import COLUMNS, cloud_event
from adapters.records.tables import events
from application.feed.cloud_event import CloudEvent
from application.feed.ports import BY_POSITION
from application.shared.pages import Direction, Page, PageRequest


@dataclass(frozen=True, slots=True)
class PostgresFeed:
    pool: TenantPool

    async def page(self, organization: UUID, request: PageRequest) -> Page[CloudEvent]:
        return await page(self.pool, organization, _page, {}, request, partial(cloud_event, organization))


@cache
def _page(direction: Direction, positioned: bool) -> Statement:
    rows: Any = select(*(events.c[name] for name in COLUMNS))
    numbered = rows.where(of_organization(events), events.c.position.is_not(None))
    place = (events.c.position,)
    return compiled(ordered(numbered, place, direction, positioned=positioned, sort=BY_POSITION))
