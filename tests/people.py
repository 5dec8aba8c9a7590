"""The people of an organization, and all that they can do: the real use cases of identity over any store."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar, cast

from adapters.jwt import JwtTokens, SigningKeys, new_signing_key
from adapters.opaque import Sha256Tokens
from adapters.system import new_id
from application.identity.add_member import AddMember, AddMemberHandler
from application.identity.change_member import ChangeMember, ChangeMemberHandler
from application.identity.change_password import ChangePassword, ChangePasswordHandler
from application.identity.create_api_key import CreateApiKey, CreateApiKeyHandler, CreatedApiKey
from application.identity.log_in import LogIn, LogInHandler, PasswordCheck
from application.identity.log_out import LogOut, LogOutHandler
from application.identity.log_out_everywhere import LogOutEverywhere, LogOutEverywhereHandler
from application.identity.offer_password_reset import (
    OfferPasswordReset,
    OfferPasswordResetHandler,
    PasswordResetOffer,
)
from application.identity.ports import BeginIdentity, Credentials, IdentityWork, Limit, Passwords
from application.identity.redeem_password_reset import RedeemPasswordReset, RedeemPasswordResetHandler
from application.identity.refresh_session import RefreshSession, RefreshSessionHandler
from application.identity.remove_member import RemoveMember, RemoveMemberHandler
from application.identity.revoke_api_key import RevokeApiKey, RevokeApiKeyHandler
from application.identity.revoke_session import RevokeSession, RevokeSessionHandler
from application.identity.signed_in import SignedIn
from application.shared.answering import Answering
from application.shared.caller import Caller, Principal, PrincipalKind
from application.shared.ports import Clock
from domain.identity.member import Member
from domain.identity.passwords import NewPassword
from domain.identity.roles import Role
from domain.ids import ApiKeyId, CustomerId, MemberId, SessionId
from tests.plain_sealing import PlainSealing

C = TypeVar("C")
R = TypeVar("R")

PASSWORD: Final = "seven herons over the old canal"
KEYS: Final = SigningKeys.parse(new_signing_key())
OPAQUE: Final = Sha256Tokens()


class PlainPasswords:
    """Hashes that hide nothing; for a store they are texts like any others."""

    async def hash(self, password: str) -> str:
        return f"$plain${password}"

    async def verify(self, password: str, password_hash: str | None) -> bool:
        return password_hash == f"$plain${password}"


@dataclass(frozen=True)
class SlowPasswords(PlainPasswords):
    """They take so long that meanwhile something happens, once."""

    somethings: list[Callable[[], Awaitable[object]]]

    async def hash(self, password: str) -> str:
        await self._take_long()
        return await super().hash(password)

    async def verify(self, password: str, password_hash: str | None) -> bool:
        await self._take_long()
        return await super().verify(password, password_hash)

    async def _take_long(self) -> None:
        while self.somethings:
            await self.somethings.pop()()


class Unlimited:
    """Nobody tries too often: these tests are not about limits."""

    async def count(self, limit: Limit, *subject: str) -> None: ...
    async def note_failure(self, limit: Limit, *subject: str) -> None: ...


PASSWORDS: Final = PlainPasswords()
ATTEMPTS: Final = Unlimited()


@dataclass(frozen=True)
class People:
    """`caller` is the owner, who does whatever nobody else is named for (`by`). Verbs answer in spite of races."""

    begin: BeginIdentity
    credentials: Credentials
    clock: Clock
    caller: Caller
    slug: str
    passwords: Passwords = PASSWORDS
    reruns: bool = True

    @property
    def once(self) -> "People":
        """The same people, who try once: what is outdated stays outdated."""
        return replace(self, reruns=False)

    def meanwhile(self, something: Callable[[], Awaitable[object]]) -> "People":
        """The same people; but at the next change, between its look and its commit, something happens, once."""
        return replace(self, begin=Overtaken(self.begin, [something]))

    def while_checking(self, something: Callable[[], Awaitable[object]]) -> "People":
        """The same people; but once their next password is checked or hashed, something happens before they go on."""
        return replace(self, passwords=SlowPasswords([something]))

    @property
    def tokens(self) -> JwtTokens:
        return JwtTokens(KEYS, "https://orders.example.test", self.clock, new_id)

    @property
    def owner(self) -> MemberId:
        assert self.caller.principal.id is not None
        return MemberId(self.caller.principal.id)

    def as_role(self, role: Role) -> Caller:
        """Somebody of this role."""
        return replace(self.caller, principal=Principal(PrincipalKind.USER, id=new_id(), role=role))

    def as_member(self, member: Member) -> Caller:
        return replace(self.caller, principal=Principal(PrincipalKind.USER, id=member.id, role=member.role))

    async def add(
        self,
        role: Role = Role.OPERATOR,
        *,
        email: str | None = None,
        by: Caller | None = None,
        customer: CustomerId | None = None,
    ) -> Member:
        command = AddMember(
            caller=by or self.caller,
            email=email or f"{new_id().hex}@example.com",
            name="Mia Member",
            password=NewPassword(PASSWORD),
            role=role,
            customer_id=customer,
        )
        return await self._answer(AddMemberHandler(self.begin, new_id, self.clock, self.passwords), command)

    async def log_in(self, email: str, password: str = PASSWORD, *, user_agent: str | None = None) -> SignedIn:
        command = LogIn(
            request_id="request-log-in",
            organization=self.slug,
            email=email,
            password=password,
            user_agent=user_agent,
        )
        check = PasswordCheck(self.credentials, self.passwords, ATTEMPTS)
        return await self._answer(LogInHandler(check, self.begin, new_id, self.clock, self.tokens, OPAQUE), command)

    async def refresh(self, token: str) -> SignedIn:
        command = RefreshSession(request_id="request-refresh", refresh_token=token)
        return await self._answer(RefreshSessionHandler(self.begin, new_id, self.clock, self.tokens, OPAQUE), command)

    async def log_out(self, token: str) -> None:
        command = LogOut(request_id="request-log-out", refresh_token=token)
        await self._answer(LogOutHandler(self.begin, self.clock, OPAQUE), command)

    async def log_out_everywhere(self, member: MemberId, *, by: Caller | None = None) -> None:
        command = LogOutEverywhere(caller=by or self.caller, member_id=member)
        await self._answer(LogOutEverywhereHandler(self.begin, self.clock), command)

    async def end_session(self, session: SessionId, *, by: Caller) -> None:
        await self._answer(RevokeSessionHandler(self.begin, self.clock), RevokeSession(caller=by, session_id=session))

    async def change_password(self, member: Member, new: str, *, current: str = PASSWORD) -> None:
        command = ChangePassword(caller=self.as_member(member), current=current, new=NewPassword(new))
        await self._answer(ChangePasswordHandler(self.begin, self.clock, self.passwords, ATTEMPTS), command)

    async def change_role(
        self, member: MemberId, role: Role, *, by: Caller | None = None, version: int | None = None
    ) -> Member:
        command = ChangeMember(caller=by or self.caller, member_id=member, expected_version=version, role=role)
        return await self._answer(ChangeMemberHandler(self.begin, self.clock), command)

    async def remove(self, member: MemberId, *, by: Caller | None = None) -> None:
        command = RemoveMember(caller=by or self.caller, member_id=member)
        await self._answer(RemoveMemberHandler(self.begin, self.clock), command)

    async def offer_reset(self, member: MemberId, *, by: Caller | None = None) -> PasswordResetOffer:
        command = OfferPasswordReset(caller=by or self.caller, member_id=member)
        return await self._answer(OfferPasswordResetHandler(self.begin, self.clock, OPAQUE), command)

    async def redeem(self, token: str, new: str, *, slug: str | None = None) -> None:
        command = RedeemPasswordReset(
            request_id="request-redeem", organization=slug or self.slug, token=token, new=NewPassword(new)
        )
        handler = RedeemPasswordResetHandler(self.begin, self.credentials, self.clock, self.passwords, OPAQUE)
        await self._answer(handler, command)

    async def create_key(self, role: Role = Role.OPERATOR) -> CreatedApiKey:
        command = CreateApiKey(caller=self.caller, name="A Machine", role=role)
        return await self._answer(CreateApiKeyHandler(self.begin, new_id, self.clock, OPAQUE), command)

    async def revoke_key(self, key: ApiKeyId) -> None:
        command = RevokeApiKey(caller=self.caller, api_key_id=key)
        await self._answer(RevokeApiKeyHandler(self.begin, self.clock), command)

    async def _answer(self, use_case: Callable[[C], Awaitable[R]], command: C) -> R:
        return await (Answering(use_case, self.begin, PlainSealing())(command) if self.reruns else use_case(command))


@dataclass(frozen=True)
class Overtaken:
    """Opens units of work. Before the first commit of all, what is in `somethings` happens, and not again."""

    begin: BeginIdentity
    somethings: list[Callable[[], Awaitable[object]]]

    @asynccontextmanager
    async def _open(self, caller: Caller) -> AsyncIterator[IdentityWork]:
        async with self.begin(caller) as work:
            yield cast("IdentityWork", _Overtaken(work, self.somethings))

    def __call__(self, caller: Caller) -> AbstractAsyncContextManager[IdentityWork]:
        return self._open(caller)


@dataclass(frozen=True)
class _Overtaken:
    """A unit of work as it is, but for its commit."""

    work: IdentityWork
    somethings: list[Callable[[], Awaitable[object]]]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.work, name)

    async def commit(self, result: R) -> R:
        while self.somethings:
            await self.somethings.pop()()
        return await self.work.commit(result)
