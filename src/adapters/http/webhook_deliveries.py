"""What was sent to webhook endpoints, and sending it again."""

from typing import Any, Final
from uuid import UUID

from dishka import FromDishka
from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody
from msgspec import field

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import as_body, plain
from adapters.http.fields import Answer, Instant, Nothing, Request, in_utc
from adapters.http.injection import inject
from adapters.http.once import answered
from adapters.http.options import HttpOptions
from adapters.http.pagination import Collection, Cursors, PageQuery, Pagination
from application.delivery.list_deliveries import ListDeliveries, ListDeliveriesHandler
from application.delivery.redeliver import Redeliver, Redelivered
from application.delivery.redeliver_range import RangeRedelivered, RedeliverRange
from application.shared.answering import Answering
from domain.delivery.verdict import DeliveryState
from domain.ids import DeliveryId, WebhookEndpointId

_AGAIN: Final = ("resource-not-found", "invalid-state-transition", "concurrent-modification")


class DeliveryAttemptBody(Answer):
    """One attempt: what the receiver answered, within how many milliseconds; without a `status`, `error` says why."""

    at: Instant
    status: int | None
    ms: int
    error: str | None


class WebhookDeliveryBody(Answer):
    """One event on its way to one endpoint. `webhook-id` is the `eventId`; `redelivery` is 0, or which of the times
    that it was asked for again.
    """

    id: UUID
    event_id: UUID
    type: str
    subject: str
    state: DeliveryState
    redelivery: int
    attempts: list[DeliveryAttemptBody]
    next_attempt_at: Instant | None
    created_at: Instant
    settled_at: Instant | None


class WebhookDeliveriesPage(Answer):
    data: list[WebhookDeliveryBody]
    pagination: Pagination


class RedeliverRangeBody(Request):
    """`from` is included, `to` is not: real instants, also where a sandbox has moved its clock."""

    from_: Instant = field(name="from")
    to: Instant

    def __post_init__(self) -> None:
        self.from_, self.to = in_utc(self.from_, "from"), in_utc(self.to, "to")


class RedeliveredBody(Answer):
    """How many events are sent again; those that wait to be sent anyway are not counted."""

    count: int


class RangeRedeliveredBody(RedeliveredBody):
    """`nextFrom`: where there were more than a thousand, from when to ask for the others."""

    next_from: Instant | None


def _accepted(done: Redelivered) -> Response[RedeliveredBody]:
    return plain(RedeliveredBody(count=done.count), 202)


def _range_accepted(done: RangeRedelivered) -> Response[RangeRedeliveredBody]:
    return plain(RangeRedeliveredBody(count=done.count, next_from=done.next_from), 202)


@get("/{id:str}/deliveries", operation_id="listWebhookDeliveries", query=PageQuery, problems=("resource-not-found",))
@inject
async def list_webhook_deliveries(
    request: AdmittedRequest,
    id: FromPath[UUID],
    read: FromDishka[ListDeliveriesHandler],
    cursors: FromDishka[Cursors],
    options: FromDishka[HttpOptions],
) -> Response[WebhookDeliveriesPage]:
    """List what was sent to an endpoint, or is to be, newest first, with every attempt."""
    collection = Collection(
        organization=request.caller.organization, path=f"/v1/webhook-endpoints/{id}/deliveries", query=request.asked
    )
    query = ListDeliveries(caller=request.caller, endpoint_id=WebhookEndpointId(id), page=cursors.request(collection))
    page = await read(query)
    shown = as_body(page.items, list[WebhookDeliveryBody])
    body = WebhookDeliveriesPage(data=shown, pagination=cursors.pagination(page, collection))
    return cursors.answer(body, collection, options.public_url)


@post("/{id:str}/redeliver", status_code=202, operation_id="redeliverWebhooks", problems=_AGAIN)
@inject
async def redeliver_webhooks(
    request: AdmittedRequest,
    id: FromPath[UUID],
    data: JSONBody[RedeliverRangeBody],
    redeliver: FromDishka[Answering[RedeliverRange, RangeRedelivered]],
) -> Response[RangeRedeliveredBody]:
    """Send again what was meant for an endpoint within a range of time, up to a thousand events at once."""
    command = RedeliverRange(caller=request.caller, endpoint_id=WebhookEndpointId(id), start=data.from_, end=data.to)
    return await answered(request, redeliver, command, _range_accepted)


@post("/{id:str}/redeliver", status_code=202, operation_id="redeliverWebhook", body=Nothing, problems=_AGAIN)
@inject
async def redeliver_webhook(
    request: AdmittedRequest, id: FromPath[UUID], redeliver: FromDishka[Answering[Redeliver, Redelivered]]
) -> Response[RedeliveredBody]:
    """Send a delivery again, unless it waits to be sent anyway."""
    command = Redeliver(caller=request.caller, delivery_id=DeliveryId(id))
    return await answered(request, redeliver, command, _accepted)


OF_ENDPOINTS: Final[Any] = Router(
    "/v1/webhook-endpoints", route_handlers=[list_webhook_deliveries, redeliver_webhooks], tags=["Webhooks"]
)
WEBHOOK_DELIVERIES: Final[Any] = Router("/v1/webhook-deliveries", route_handlers=[redeliver_webhook], tags=["Webhooks"])
