"""Signing up, logging in, and who one is."""

from typing import Final, Literal
from uuid import UUID

from dishka import FromDishka
from litestar import Response, Router, get, post
from litestar.params import JSONBody

from adapters.http.admission import MAX_ANONYMOUS_BODY, AdmittedRequest
from adapters.http.answers import as_body, plain
from adapters.http.fields import Answer, CurrencyCode, Email, Instant, Password, Request, Slug, Text
from adapters.http.injection import inject
from adapters.http.options import HttpOptions
from adapters.http.problems import Rejected
from application.identity.get_me import GetMe, GetMeHandler
from application.identity.log_in import LogIn, LogInHandler
from application.identity.sign_up import SignedUp, SignUp
from application.shared.answering import Answering
from application.shared.caller import PrincipalKind
from domain.identity.roles import Role
from domain.shared.money import Currency


class OwnerBody(Request):
    """The first member of a new organization."""

    email: Email
    name: Text
    password: Password


class SignUpBody(Request, kw_only=True):
    name: Text
    slug: Slug
    currency: CurrencyCode
    sandbox: bool = False
    owner: OwnerBody


class OrganizationBody(Answer):
    id: UUID
    name: str
    slug: str
    currency: str
    sandbox: bool


class MemberBody(Answer):
    id: UUID
    email: str
    name: str
    role: Role
    customer_id: UUID | None
    created_at: Instant
    version: int


class SignedUpBody(Answer):
    """A new organization, and its owner."""

    organization: OrganizationBody
    member: MemberBody


class LogInBody(Request):
    """`organization` is a slug. What cannot be a password is a wrong one."""

    organization: Text
    email: Text
    password: Text


class TokenBody(Answer, kw_only=True):
    """An access token; it is good for `expiresIn` seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - RFC 6750
    expires_in: int


class MeBody(Answer):
    """Who is calling. `member` is null where the caller is none."""

    principal: PrincipalKind
    organization: OrganizationBody
    member: MemberBody | None
    role: Role | None


@post(
    "/v1/organizations",
    operation_id="signUp",
    request_max_body_size=MAX_ANONYMOUS_BODY,
    problems=(
        "insufficient-permissions",
        "unique-constraint-violation",
        "concurrent-modification",
        "service-unavailable",
    ),
)
@inject
async def sign_up(
    request: AdmittedRequest,
    data: JSONBody[SignUpBody],
    found: FromDishka[Answering[SignUp, SignedUp]],
    options: FromDishka[HttpOptions],
) -> Response[SignedUpBody]:
    """Found an organization, and be its owner."""
    if not options.signup_open:
        raise Rejected("insufficient-permissions", "Strangers cannot sign up here.", required=[])
    command = SignUp(
        request_id=request.request_id,
        name=data.name,
        slug=data.slug,
        currency=Currency(data.currency),
        sandbox=data.sandbox,
        owner_email=data.owner.email,
        owner_name=data.owner.name,
        password=data.owner.password,
    )
    return plain(as_body(await found(command), SignedUpBody), 201)


@post(
    "/v1/auth/login",
    status_code=200,
    operation_id="logIn",
    request_max_body_size=MAX_ANONYMOUS_BODY,
    problems=("invalid-credentials", "service-unavailable"),
)
@inject
async def log_in(data: JSONBody[LogInBody], enter: FromDishka[LogInHandler]) -> Response[TokenBody]:
    """Exchange a password for an access token."""
    token = await enter(LogIn(organization=data.organization, email=data.email, password=data.password))
    body = TokenBody(access_token=token.token, expires_in=token.expires_in)
    return plain(body, headers={"Cache-Control": "no-store"})


@get("/v1/me", operation_id="getMe")
@inject
async def get_me(request: AdmittedRequest, read: FromDishka[GetMeHandler]) -> Response[MeBody]:
    """Say who is calling."""
    return plain(as_body(await read(GetMe(caller=request.caller)), MeBody))


IDENTITY: Final = Router("/", route_handlers=[sign_up, log_in, get_me], tags=["Identity"])
