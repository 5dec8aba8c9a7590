"""Members: who may log in, and as what."""

from typing import Final
from uuid import UUID

from dishka import FromDishka
from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import as_body, created, current, nothing, plain, versioned
from adapters.http.fields import Answer, Email, Id, Instant, Password, Request, Text
from adapters.http.injection import inject
from adapters.http.once import answered
from adapters.http.options import HttpOptions
from adapters.http.pagination import Collection, Cursors, PageQuery, Pagination
from adapters.http.secrets import NO_STORE, new_password
from application.identity.add_member import AddMember
from application.identity.change_member import ChangeMember
from application.identity.get_member import GetMember, GetMemberHandler
from application.identity.list_members import ListMembers, ListMembersHandler
from application.identity.log_out_everywhere import LogOutEverywhere
from application.identity.offer_password_reset import OfferPasswordReset, PasswordResetOffer
from application.identity.ports import MemberView
from application.identity.remove_member import RemoveMember
from application.shared.answering import Answering
from domain.identity.member import Member
from domain.identity.roles import Role
from domain.ids import CustomerId, MemberId

_RULES: Final = ("business-rule-violation",)


class AddMemberBody(Request, kw_only=True):
    """`customerId` is the record that a customer acts for; no other role has one."""

    email: Email
    name: Text
    password: Password
    role: Role
    customer_id: Id | None = None


class ChangeMemberBody(Request, kw_only=True):
    """What is left out stays as it is."""

    role: Role | UnsetType = UNSET


class MemberBody(Answer):
    """A member."""

    id: UUID
    email: str
    name: str
    role: Role
    customer_id: UUID | None
    created_at: Instant
    version: int


class MembersPage(Answer):
    data: list[MemberBody]
    pagination: Pagination


class PasswordResetBody(Answer):
    """A one-time token, shown once; it is good until `expiresAt`."""

    token: str
    expires_at: Instant


def _shown(member: Member) -> MemberBody:
    return as_body(MemberView.of(member), MemberBody)


def _added(member: Member) -> Response[MemberBody]:
    return created(_shown(member), f"/v1/members/{member.id}")


def _offered(offer: PasswordResetOffer) -> Response[PasswordResetBody]:
    return plain(as_body(offer, PasswordResetBody), 201, NO_STORE)


@post("/", operation_id="addMember", problems=("unique-constraint-violation", *_RULES))
@inject
async def add_member(
    request: AdmittedRequest, data: JSONBody[AddMemberBody], add: FromDishka[Answering[AddMember, Member]]
) -> Response[MemberBody]:
    """Add a member, with a first password and a role."""
    command = AddMember(
        caller=request.caller,
        email=data.email,
        name=data.name,
        password=new_password(data.password, "/password"),
        role=data.role,
        customer_id=CustomerId(UUID(data.customer_id)) if data.customer_id else None,
    )
    return await answered(request, add, command, _added)


@get("/", operation_id="listMembers", query=PageQuery)
@inject
async def list_members(
    request: AdmittedRequest,
    read: FromDishka[ListMembersHandler],
    cursors: FromDishka[Cursors],
    options: FromDishka[HttpOptions],
) -> Response[MembersPage]:
    """List members, newest first."""
    collection = Collection(organization=request.caller.organization, path="/v1/members", query=request.asked)
    page = await read(ListMembers(caller=request.caller, page=cursors.request(collection)))
    body = MembersPage(data=as_body(page.items, list[MemberBody]), pagination=cursors.pagination(page, collection))
    return cursors.answer(body, collection, options.public_url)


@get("/{id:str}", operation_id="getMember", conditional=True, problems=("resource-not-found",))
@inject
async def get_member(
    request: AdmittedRequest, id: FromPath[UUID], read: FromDishka[GetMemberHandler]
) -> Response[MemberBody]:
    """Read a member."""
    view = await read(GetMember(caller=request.caller, member_id=MemberId(id)))
    return current(request, as_body(view, MemberBody))


@patch("/{id:str}", operation_id="changeMember", problems=("resource-not-found", "stale-version", *_RULES))
@inject
async def change_member(
    request: AdmittedRequest,
    id: FromPath[UUID],
    data: JSONBody[ChangeMemberBody],
    change: FromDishka[Answering[ChangeMember, Member]],
) -> Response[MemberBody]:
    """Change a member's role. It takes effect at once: every session of the member ends."""
    command = ChangeMember(
        caller=request.caller,
        member_id=MemberId(id),
        expected_version=request.expected_version,
        role=None if data.role is UNSET else data.role,
    )
    return versioned(_shown(await change(command)))


@delete(
    "/{id:str}",
    status_code=204,
    operation_id="removeMember",
    if_match=True,
    problems=("resource-not-found", "stale-version", "concurrent-modification", *_RULES),
)
@inject
async def remove_member(
    request: AdmittedRequest, id: FromPath[UUID], remove: FromDishka[Answering[RemoveMember, None]]
) -> Response[None]:
    """Remove a member. Its sessions end; what it did stays on record."""
    command = RemoveMember(caller=request.caller, member_id=MemberId(id), expected_version=request.expected_version)
    await remove(command)
    return nothing()


@post(
    "/{id:str}/logout-everywhere",
    status_code=204,
    operation_id="logMemberOut",
    problems=("resource-not-found", "concurrent-modification"),
)
@inject
async def log_member_out(
    request: AdmittedRequest, id: FromPath[UUID], leave: FromDishka[Answering[LogOutEverywhere, None]]
) -> Response[None]:
    """End all sessions of a member."""
    return await answered(request, leave, LogOutEverywhere(caller=request.caller, member_id=MemberId(id)), nothing)


@post(
    "/{id:str}/password-reset",
    operation_id="offerPasswordReset",
    problems=("resource-not-found", "concurrent-modification"),
)
@inject
async def offer_password_reset(
    request: AdmittedRequest,
    id: FromPath[UUID],
    offer: FromDishka[Answering[OfferPasswordReset, PasswordResetOffer]],
) -> Response[PasswordResetBody]:
    """Make a one-time token by which a member sets a new password within an hour. An earlier one is void."""
    command = OfferPasswordReset(caller=request.caller, member_id=MemberId(id))
    return await answered(request, offer, command, _offered)


MEMBERS: Final = Router(
    "/v1/members",
    route_handlers=[
        add_member,
        list_members,
        get_member,
        change_member,
        remove_member,
        log_member_out,
        offer_password_reset,
    ],
    tags=["Identity"],
)
