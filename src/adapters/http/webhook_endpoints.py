"""Webhook endpoints: who is told what happens, and how a receiver knows that it is us."""

from typing import Annotated, Final
from uuid import UUID

from dishka import FromDishka
from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType, field

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import as_body, current, nothing, versioned
from adapters.http.fields import Answer, Instant, Nothing, Request, WebhookUrl
from adapters.http.injection import inject
from adapters.http.merge_patch import said
from adapters.http.once import answered
from adapters.http.options import HttpOptions
from adapters.http.pagination import Collection, Cursors, PageQuery, Pagination
from adapters.http.secrets import NO_STORE
from application.shared.answering import Answering
from application.webhooks.change_endpoint import ChangeEndpoint
from application.webhooks.create_endpoint import CreateEndpoint
from application.webhooks.get_endpoint import GetEndpoint, GetEndpointHandler
from application.webhooks.list_endpoints import ListEndpoints, ListEndpointsHandler
from application.webhooks.ports import EndpointView, ShownSecret
from application.webhooks.remove_endpoint import RemoveEndpoint
from application.webhooks.rotate_secret import RotateSecret
from domain.ids import WebhookEndpointId
from domain.webhooks.endpoint import Endpoint, EndpointChange, EndpointStatus
from domain.webhooks.event_filter import EventFilter

_RULES: Final = ("business-rule-violation",)
_ONE: Final = ("resource-not-found", "stale-version")

EventTypes = Annotated[
    list[EventFilter],
    Meta(max_length=50, description="Types of events, or whole families (`order.*`); empty: everything there will be."),
]


class CreateWebhookEndpointBody(Request):
    url: WebhookUrl
    event_types: EventTypes = field(default_factory=list)


class ChangeWebhookEndpointBody(Request):
    """A merge patch (RFC 7396): what is left out stays as it is, a list is replaced."""

    url: WebhookUrl | UnsetType = UNSET
    event_types: EventTypes | UnsetType = UNSET
    status: EndpointStatus | UnsetType = UNSET


class WebhookEndpointBody(Answer):
    """A webhook endpoint. One that is disabled is told nothing; nobody tells it later what it has missed."""

    id: UUID
    url: str
    event_types: EventTypes
    status: EndpointStatus
    created_at: Instant
    version: int


class WebhookEndpointWithSecretBody(WebhookEndpointBody):
    """A webhook endpoint, and for this one time the `secret` with which what it is told is signed from now on."""

    secret: str


class WebhookEndpointsPage(Answer):
    data: list[WebhookEndpointBody]
    pagination: Pagination


def _shown(endpoint: Endpoint) -> WebhookEndpointBody:
    return as_body(EndpointView.of(endpoint), WebhookEndpointBody)


def _with_secret(told: ShownSecret) -> WebhookEndpointWithSecretBody:
    shown = EndpointView.of(told.endpoint)
    return WebhookEndpointWithSecretBody(
        id=shown.id,
        url=shown.url,
        event_types=list(shown.event_types),
        status=shown.status,
        created_at=shown.created_at,
        version=shown.version,
        secret=told.secret,
    )


def _created(told: ShownSecret) -> Response[WebhookEndpointWithSecretBody]:
    where = {"Location": f"/v1/webhook-endpoints/{told.endpoint.id}"}
    return versioned(_with_secret(told), 201, {**where, **NO_STORE})


def _rotated(told: ShownSecret) -> Response[WebhookEndpointWithSecretBody]:
    return versioned(_with_secret(told), 200, NO_STORE)


@post("/", operation_id="createWebhookEndpoint", problems=_RULES)
@inject
async def create_webhook_endpoint(
    request: AdmittedRequest,
    data: JSONBody[CreateWebhookEndpointBody],
    create: FromDishka[Answering[CreateEndpoint, ShownSecret]],
) -> Response[WebhookEndpointWithSecretBody]:
    """Create a webhook endpoint: from now on it is told what happens. Its secret is shown this once.

    The URL is a plain one: https, a host on the public internet, any port, neither user information nor a fragment.
    """
    command = CreateEndpoint(caller=request.caller, url=data.url, event_types=tuple(data.event_types))
    return await answered(request, create, command, _created)


@get("/", operation_id="listWebhookEndpoints", query=PageQuery)
@inject
async def list_webhook_endpoints(
    request: AdmittedRequest,
    read: FromDishka[ListEndpointsHandler],
    cursors: FromDishka[Cursors],
    options: FromDishka[HttpOptions],
) -> Response[WebhookEndpointsPage]:
    """List webhook endpoints, newest first."""
    collection = Collection(organization=request.caller.organization, path="/v1/webhook-endpoints", query=request.asked)
    page = await read(ListEndpoints(caller=request.caller, page=cursors.request(collection)))
    shown = as_body(page.items, list[WebhookEndpointBody])
    body = WebhookEndpointsPage(data=shown, pagination=cursors.pagination(page, collection))
    return cursors.answer(body, collection, options.public_url)


@get("/{id:str}", operation_id="getWebhookEndpoint", conditional=True, problems=("resource-not-found",))
@inject
async def get_webhook_endpoint(
    request: AdmittedRequest, id: FromPath[UUID], read: FromDishka[GetEndpointHandler]
) -> Response[WebhookEndpointBody]:
    """Read a webhook endpoint."""
    view = await read(GetEndpoint(caller=request.caller, endpoint_id=WebhookEndpointId(id)))
    return current(request, as_body(view, WebhookEndpointBody))


@patch("/{id:str}", operation_id="changeWebhookEndpoint", problems=(*_ONE, *_RULES))
@inject
async def change_webhook_endpoint(
    request: AdmittedRequest,
    id: FromPath[UUID],
    data: JSONBody[ChangeWebhookEndpointBody],
    change: FromDishka[Answering[ChangeEndpoint, Endpoint]],
) -> Response[WebhookEndpointBody]:
    """Change where a webhook endpoint is, what it is told, or whether it is told anything."""
    command = ChangeEndpoint(
        caller=request.caller,
        endpoint_id=WebhookEndpointId(id),
        change=said(data, EndpointChange),
        expected_version=request.expected_version,
    )
    return versioned(_shown(await change(command)))


@delete("/{id:str}", status_code=204, operation_id="removeWebhookEndpoint", if_match=True, problems=_ONE)
@inject
async def remove_webhook_endpoint(
    request: AdmittedRequest, id: FromPath[UUID], remove: FromDishka[Answering[RemoveEndpoint, None]]
) -> Response[None]:
    """Remove a webhook endpoint. What waits to be sent to it is dropped."""
    await remove(
        RemoveEndpoint(
            caller=request.caller, endpoint_id=WebhookEndpointId(id), expected_version=request.expected_version
        )
    )
    return nothing()


@post(
    "/{id:str}/rotate-secret",
    status_code=200,
    operation_id="rotateWebhookSecret",
    if_match=True,
    body=Nothing,
    problems=_ONE,
)
@inject
async def rotate_webhook_secret(
    request: AdmittedRequest, id: FromPath[UUID], rotate: FromDishka[Answering[RotateSecret, ShownSecret]]
) -> Response[WebhookEndpointWithSecretBody]:
    """Replace the secret. The new one is shown this once; the one before signs beside it for another 24 hours."""
    command = RotateSecret(
        caller=request.caller, endpoint_id=WebhookEndpointId(id), expected_version=request.expected_version
    )
    return await answered(request, rotate, command, _rotated)


WEBHOOK_ENDPOINTS: Final = Router(
    "/v1/webhook-endpoints",
    route_handlers=[
        create_webhook_endpoint,
        list_webhook_endpoints,
        get_webhook_endpoint,
        change_webhook_endpoint,
        remove_webhook_endpoint,
        rotate_webhook_secret,
    ],
    tags=["Webhooks"],
)
