"""Sessions: log in, refresh, log out here or everywhere, and passwords, whose change ends them all."""

import logging
from functools import partial
from typing import Final, Literal
from uuid import UUID

from dishka import FromDishka
from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody

from adapters.http.admission import MAX_ANONYMOUS_BODY, AdmittedRequest
from adapters.http.answers import as_body, nothing, plain
from adapters.http.fields import Answer, Instant, Password, Request, Text
from adapters.http.injection import inject
from adapters.http.once import answered
from adapters.http.options import HttpOptions
from adapters.http.pagination import Collection, Cursors, PageQuery, Pagination
from adapters.http.secrets import NO_STORE, new_password
from application.identity.change_password import ChangePassword
from application.identity.list_sessions import ListSessions, ListSessionsHandler
from application.identity.log_in import LogIn
from application.identity.log_out import LogOut
from application.identity.log_out_everywhere import LogOutEverywhere
from application.identity.ports import Limit
from application.identity.redeem_password_reset import RedeemPasswordReset
from application.identity.refresh_session import RefreshSession
from application.identity.revoke_session import RevokeSession
from application.identity.signed_in import SignedIn
from application.shared.answering import Answering
from domain.identity.errors import InvalidCredentials
from domain.ids import SessionId

_LOG: Final = logging.getLogger("orderwright.security")

_anonymous: Final = partial(post, request_max_body_size=MAX_ANONYMOUS_BODY)
_OUTAGES: Final = ("concurrent-modification", "service-unavailable")


class LogInBody(Request):
    """`organization` is a slug. What cannot be a password is a wrong one."""

    organization: Text
    email: Text
    password: Text


class RefreshBody(Request):
    refresh_token: Text


class ChangePasswordBody(Request):
    current_password: Text
    new_password: Password


class RedeemPasswordResetBody(Request):
    """`organization` is a slug; `token` is the one-time token that an admin handed over."""

    organization: Text
    token: Text
    new_password: Password


class TokenBody(Answer, kw_only=True):
    """An access token, good for `expiresIn` seconds, and the one refresh token for the next."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - RFC 6750
    expires_in: int
    refresh_token: str
    refresh_expires_in: int


class SessionBody(Answer):
    """A session that is not over."""

    id: UUID
    created_at: Instant
    last_used_at: Instant
    user_agent: str | None


class SessionsPage(Answer):
    data: list[SessionBody]
    pagination: Pagination


@_anonymous(
    "/v1/auth/login",
    status_code=200,
    operation_id="logIn",
    limit=Limit.LOGIN_PER_ADDRESS,
    problems=("invalid-credentials", *_OUTAGES),
)
@inject
async def log_in(
    request: AdmittedRequest, data: JSONBody[LogInBody], enter: FromDishka[Answering[LogIn, SignedIn]]
) -> Response[TokenBody]:
    """Exchange a password for tokens."""
    command = LogIn(
        request_id=request.request_id,
        organization=data.organization,
        email=data.email,
        password=data.password,
        user_agent=_user_agent(request),
    )
    try:
        return _tokens(await enter(command))
    except InvalidCredentials:
        _LOG.warning("log-in refused: request %s", request.request_id)
        raise


@_anonymous(
    "/v1/auth/refresh",
    status_code=200,
    operation_id="refresh",
    problems=("invalid-token", "token-expired", "token-reuse-detected", *_OUTAGES),
)
@inject
async def refresh(
    request: AdmittedRequest, data: JSONBody[RefreshBody], renew: FromDishka[Answering[RefreshSession, SignedIn]]
) -> Response[TokenBody]:
    """Exchange a refresh token for fresh tokens. It is good once; a lost answer can be asked for again for 10 s."""
    command = RefreshSession(request_id=request.request_id, refresh_token=data.refresh_token)
    return _tokens(await renew(command))


@_anonymous("/v1/auth/logout", status_code=204, operation_id="logOut", problems=_OUTAGES)
@inject
async def log_out(
    request: AdmittedRequest, data: JSONBody[RefreshBody], leave: FromDishka[Answering[LogOut, None]]
) -> Response[None]:
    """End the session of a refresh token. What is none already is ended, too."""
    await leave(LogOut(request_id=request.request_id, refresh_token=data.refresh_token))
    return nothing()


@post("/v1/auth/logout-everywhere", status_code=204, operation_id="logOutEverywhere")
@inject
async def log_out_everywhere(
    request: AdmittedRequest, leave: FromDishka[Answering[LogOutEverywhere, None]]
) -> Response[None]:
    """End all of one's sessions."""
    return await answered(request, leave, LogOutEverywhere(caller=request.caller), nothing)


@post(
    "/v1/auth/password",
    status_code=204,
    operation_id="changePassword",
    problems=("invalid-credentials", "business-rule-violation"),
)
@inject
async def change_password(
    request: AdmittedRequest, data: JSONBody[ChangePasswordBody], change: FromDishka[Answering[ChangePassword, None]]
) -> Response[None]:
    """Change one's password. Every session ends, this one included."""
    new = new_password(data.new_password, "/newPassword")
    command = ChangePassword(caller=request.caller, current=data.current_password, new=new)
    return await answered(request, change, command, nothing)


@_anonymous(
    "/v1/auth/password-reset",
    status_code=204,
    operation_id="redeemPasswordReset",
    problems=("invalid-token", "business-rule-violation", *_OUTAGES),
)
@inject
async def redeem_password_reset(
    request: AdmittedRequest,
    data: JSONBody[RedeemPasswordResetBody],
    redeem: FromDishka[Answering[RedeemPasswordReset, None]],
) -> Response[None]:
    """Set a new password with a one-time token. Every session ends."""
    command = RedeemPasswordReset(
        request_id=request.request_id,
        organization=data.organization,
        token=data.token,
        new=new_password(data.new_password, "/newPassword"),
    )
    await redeem(command)
    return nothing()


@get("/v1/sessions", operation_id="listSessions", query=PageQuery)
@inject
async def list_sessions(
    request: AdmittedRequest,
    read: FromDishka[ListSessionsHandler],
    cursors: FromDishka[Cursors],
    options: FromDishka[HttpOptions],
) -> Response[SessionsPage]:
    """List one's live sessions, newest first."""
    collection = Collection(organization=request.caller.organization, path="/v1/sessions", query=request.asked)
    page = await read(ListSessions(caller=request.caller, page=cursors.request(collection)))
    body = SessionsPage(data=as_body(page.items, list[SessionBody]), pagination=cursors.pagination(page, collection))
    return cursors.answer(body, collection, options.public_url)


@delete("/v1/sessions/{id:str}", status_code=204, operation_id="revokeSession", problems=("resource-not-found",))
@inject
async def revoke_session(
    request: AdmittedRequest, id: FromPath[UUID], revoke: FromDishka[Answering[RevokeSession, None]]
) -> Response[None]:
    """End one of one's sessions."""
    await revoke(RevokeSession(caller=request.caller, session_id=SessionId(id)))
    return nothing()


def _tokens(held: SignedIn) -> Response[TokenBody]:
    body = TokenBody(
        access_token=held.access.token,
        expires_in=held.access.expires_in,
        refresh_token=held.refresh_token,
        refresh_expires_in=held.refresh_expires_in,
    )
    return plain(body, headers=NO_STORE)


def _user_agent(request: AdmittedRequest) -> str | None:
    said = request.headers.get("user-agent", "")
    return "".join(letter for letter in said if letter.isprintable())[:500] or None


SESSIONS: Final = Router(
    "/",
    route_handlers=[
        log_in,
        refresh,
        log_out,
        log_out_everywhere,
        change_password,
        redeem_password_reset,
        list_sessions,
        revoke_session,
    ],
    tags=["Identity"],
)
