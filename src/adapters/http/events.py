"""The feed: what happened in the organization, for whoever wants to follow."""

from typing import Any, Final, Literal
from uuid import UUID

from dishka import FromDishka
from litestar import Response, Router, get

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import as_body
from adapters.http.fields import Answer, Instant
from adapters.http.injection import inject
from adapters.http.options import HttpOptions
from adapters.http.pagination import Collection, Cursors, PageQuery, Pagination
from application.feed.list_events import ListEvents, ListEventsHandler
from application.feed.ports import BY_POSITION


class CloudEventBody(Answer):
    """A CloudEvent 1.0, here as in a webhook. `data` is the resource as it was afterwards; what was personal in it is
    null once the customer is erased. `sequence` counts the events of its subject.
    """

    specversion: Literal["1.0"]
    id: UUID
    source: str
    type: str
    subject: str
    time: Instant
    sequence: int
    actor: str
    requestid: str
    data: dict[str, Any]


class EventsPage(Answer):
    data: list[CloudEventBody]
    pagination: Pagination


@get("/", operation_id="listEvents", query=PageQuery)
@inject
async def list_events(
    request: AdmittedRequest,
    read: FromDishka[ListEventsHandler],
    cursors: FromDishka[Cursors],
    options: FromDishka[HttpOptions],
) -> Response[EventsPage]:
    """Read what happened in the organization, the oldest first. Keep the last `endCursor` and ask again from there:
    nothing ever appears behind it, and a page on which there is nothing yet repeats it.
    """
    collection = Collection(
        organization=request.caller.organization, path="/v1/events", query=request.asked, sort=BY_POSITION
    )
    page = await read(ListEvents(caller=request.caller, page=cursors.request(collection)))
    body = EventsPage(data=as_body(page.items, list[CloudEventBody]), pagination=cursors.pagination(page, collection))
    return cursors.answer(body, collection, options.public_url)


EVENTS: Final[Any] = Router("/v1/events", route_handlers=[list_events], tags=["Operations"])
