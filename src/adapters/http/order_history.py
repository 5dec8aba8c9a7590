"""What happened to an order, and what is noted of it."""

from typing import Any
from uuid import UUID

from dishka import FromDishka
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import as_body, plain
from adapters.http.fields import Answer, Instant, Request, Text
from adapters.http.injection import inject
from adapters.http.once import answered
from adapters.http.options import HttpOptions
from adapters.http.pagination import Collection, Cursors, PageQuery, Pagination
from application.ordering.get_timeline import GetTimeline, GetTimelineHandler
from application.ordering.note_order import Note, NoteOrder
from application.ordering.timeline import OLDEST
from application.shared.answering import Answering
from domain.ids import OrderId


class TimelineEntryBody(Answer):
    """An event of an order. `facts` is what it says of itself, `data` the order afterwards; what was personal in them
    is null once the customer is erased.
    """

    id: UUID
    sequence: int
    type: str
    at: Instant
    actor: str
    facts: dict[str, Any]
    data: dict[str, Any]


class TimelinePage(Answer):
    data: list[TimelineEntryBody]
    pagination: Pagination


class NoteOrderBody(Request):
    text: Text


class NoteBody(Answer):
    """A note. In the timeline it is the event whose facts have its id as `noteId`."""

    id: UUID
    order_id: UUID
    text: str
    actor: str
    at: Instant


def _noted(note: Note) -> Response[NoteBody]:
    return plain(as_body(note, NoteBody), 201)


@get("/{id:str}/timeline", operation_id="getTimeline", query=PageQuery, problems=("resource-not-found",))
@inject
async def get_timeline(
    request: AdmittedRequest,
    id: FromPath[UUID],
    read: FromDishka[GetTimelineHandler],
    cursors: FromDishka[Cursors],
    options: FromDishka[HttpOptions],
) -> Response[TimelinePage]:
    """Read every event of an order, the oldest first. Its customer does not see what the house has noted."""
    collection = Collection(
        organization=request.caller.organization, path=f"/v1/orders/{id}/timeline", query=request.asked, sort=OLDEST
    )
    page = await read(GetTimeline(caller=request.caller, order_id=OrderId(id), page=cursors.request(collection)))
    body = TimelinePage(
        data=as_body(page.items, list[TimelineEntryBody]), pagination=cursors.pagination(page, collection)
    )
    return cursors.answer(body, collection, options.public_url)


@post("/{id:str}/notes", operation_id="noteOrder", problems=("resource-not-found",))
@inject
async def note_order(
    request: AdmittedRequest,
    id: FromPath[UUID],
    data: JSONBody[NoteOrderBody],
    note: FromDishka[Answering[NoteOrder, Note]],
) -> Response[NoteBody]:
    """Note something about an order. It stands in the timeline; the order and its version stay as they are."""
    command = NoteOrder(caller=request.caller, order_id=OrderId(id), text=data.text)
    return await answered(request, note, command, _noted)
