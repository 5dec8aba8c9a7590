"""API keys: how machines call."""

from typing import Final, Literal
from uuid import UUID

from dishka import FromDishka
from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import as_body, nothing, plain
from adapters.http.fields import Answer, Instant, Request, Text
from adapters.http.injection import inject
from adapters.http.once import answered
from adapters.http.options import HttpOptions
from adapters.http.pagination import Collection, Cursors, PageQuery, Pagination
from adapters.http.secrets import NO_STORE
from application.identity.create_api_key import CreateApiKey, CreatedApiKey
from application.identity.list_api_keys import ListApiKeys, ListApiKeysHandler
from application.identity.revoke_api_key import RevokeApiKey
from application.shared.answering import Answering
from domain.identity.roles import Role
from domain.ids import ApiKeyId


class CreateApiKeyBody(Request):
    name: Text
    role: Literal["viewer", "operator", "admin"]


class ApiKeyBody(Answer):
    """An API key. `prefix` is what may be shown of it."""

    id: UUID
    name: str
    role: Role
    prefix: str
    created_at: Instant
    last_used_at: Instant | None


class CreatedApiKeyBody(ApiKeyBody):
    """An API key, and for this one time the secret `key` itself."""

    key: str


class ApiKeysPage(Answer):
    data: list[ApiKeyBody]
    pagination: Pagination


def _created(made: CreatedApiKey) -> Response[CreatedApiKeyBody]:
    shown = made.shown
    body = CreatedApiKeyBody(
        id=shown.id,
        name=shown.name,
        role=shown.role,
        prefix=shown.prefix,
        created_at=shown.created_at,
        last_used_at=shown.last_used_at,
        key=made.key,
    )
    return plain(body, 201, NO_STORE)


@post("/", operation_id="createApiKey")
@inject
async def create_api_key(
    request: AdmittedRequest,
    data: JSONBody[CreateApiKeyBody],
    create: FromDishka[Answering[CreateApiKey, CreatedApiKey]],
) -> Response[CreatedApiKeyBody]:
    """Create an API key. The key itself is shown this once."""
    command = CreateApiKey(caller=request.caller, name=data.name, role=Role(data.role))
    return await answered(request, create, command, _created)


@get("/", operation_id="listApiKeys", query=PageQuery)
@inject
async def list_api_keys(
    request: AdmittedRequest,
    read: FromDishka[ListApiKeysHandler],
    cursors: FromDishka[Cursors],
    options: FromDishka[HttpOptions],
) -> Response[ApiKeysPage]:
    """List the API keys that are good, newest first."""
    collection = Collection(organization=request.caller.organization, path="/v1/api-keys", query=request.asked)
    page = await read(ListApiKeys(caller=request.caller, page=cursors.request(collection)))
    body = ApiKeysPage(data=as_body(page.items, list[ApiKeyBody]), pagination=cursors.pagination(page, collection))
    return cursors.answer(body, collection, options.public_url)


@delete("/{id:str}", status_code=204, operation_id="revokeApiKey", problems=("resource-not-found",))
@inject
async def revoke_api_key(
    request: AdmittedRequest, id: FromPath[UUID], revoke: FromDishka[Answering[RevokeApiKey, None]]
) -> Response[None]:
    """Revoke an API key: it is refused from now on."""
    await revoke(RevokeApiKey(caller=request.caller, api_key_id=ApiKeyId(id)))
    return nothing()


API_KEYS: Final = Router(
    "/v1/api-keys", route_handlers=[create_api_key, list_api_keys, revoke_api_key], tags=["Identity"]
)
