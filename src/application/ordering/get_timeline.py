"""Read what happened to an order, the first thing first. Its customer sees all but the notes of the house."""

from dataclasses import dataclass

from application.ordering.ownership import visible
from application.ordering.ports import OrderQueries
from application.ordering.timeline import TimelineEntry
from application.shared.caller import Caller
from application.shared.pages import Page, PageRequest
from domain.ids import OrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class GetTimeline:
    caller: Caller
    order_id: OrderId
    page: PageRequest


@dataclass(frozen=True, slots=True)
class GetTimelineHandler:
    """Raises: OrderNotFound."""

    orders: OrderQueries

    async def __call__(self, query: GetTimeline) -> Page[TimelineEntry]:
        notes = query.caller.principal.customer_id is None
        timeline = await self.orders.timeline(query.caller.organization, query.order_id, query.page, notes=notes)
        return visible(timeline, to=query.caller).page
