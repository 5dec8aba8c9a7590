"""Signing up, and who one is."""

from typing import Final
from uuid import UUID

from dishka import FromDishka
from litestar import Response, Router, get, post
from litestar.params import JSONBody

from adapters.http.admission import MAX_ANONYMOUS_BODY, AdmittedRequest
from adapters.http.answers import as_body, plain
from adapters.http.fields import Answer, CurrencyCode, Email, Password, Request, Slug, Text
from adapters.http.injection import inject
from adapters.http.members import MemberBody
from adapters.http.options import HttpOptions
from adapters.http.problems import Rejected
from adapters.http.secrets import new_password
from application.identity.get_me import GetMe, GetMeHandler
from application.identity.ports import Limit
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


class SignedUpBody(Answer):
    """A new organization, and its owner."""

    organization: OrganizationBody
    member: MemberBody


class MeBody(Answer):
    """Who is calling. `member` is null where the caller is none."""

    principal: PrincipalKind
    organization: OrganizationBody
    member: MemberBody | None
    role: Role | None


def sign_up_command(data: SignUpBody, *, request_id: str) -> SignUp:
    """Raises: RulesBroken, for a password that the house does not accept."""
    return SignUp(
        request_id=request_id,
        name=data.name,
        slug=data.slug,
        currency=Currency(data.currency),
        sandbox=data.sandbox,
        owner_email=data.owner.email,
        owner_name=data.owner.name,
        password=new_password(data.owner.password, "/owner/password"),
    )


@post(
    "/v1/organizations",
    operation_id="signUp",
    request_max_body_size=MAX_ANONYMOUS_BODY,
    limit=Limit.SIGNUP_PER_ADDRESS,
    problems=(
        "insufficient-permissions",
        "unique-constraint-violation",
        "business-rule-violation",
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
    command = sign_up_command(data, request_id=request.request_id)
    return plain(as_body(await found(command), SignedUpBody), 201)


@get("/v1/me", operation_id="getMe")
@inject
async def get_me(request: AdmittedRequest, read: FromDishka[GetMeHandler]) -> Response[MeBody]:
    """Say who is calling."""
    return plain(as_body(await read(GetMe(caller=request.caller)), MeBody))


IDENTITY: Final = Router("/", route_handlers=[sign_up, get_me], tags=["Identity"])
