"""Log in: a password for a session, which is an access token and a refresh token."""

from dataclasses import dataclass

from application.identity.ports import (
    Attempts,
    BeginIdentity,
    Credential,
    Credentials,
    Limit,
    OpaqueTokens,
    Passwords,
    TokenKind,
    Tokens,
)
from application.identity.signed_in import SignedIn, Standing, signed_in
from application.shared.caller import ANONYMOUS, Caller
from application.shared.errors import Outdated
from application.shared.ports import Clock, IdFactory
from domain.email import same_mailbox
from domain.identity.errors import InvalidCredentials, MemberNotFound
from domain.identity.session import RefreshToken
from domain.ids import RefreshTokenId, SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    """`organization` is a slug; `user_agent` is what the client calls itself."""

    request_id: str
    organization: str
    email: str
    password: str
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Finds out whose password this is.

    Raises: InvalidCredentials, after the same work whatever is wrong; RateLimitExceeded, for this account.
    """

    credentials: Credentials
    passwords: Passwords
    attempts: Attempts

    async def __call__(self, command: LogIn) -> Credential:
        account = (command.organization, same_mailbox(command.email))
        await self.attempts.count(Limit.LOGIN_PER_ACCOUNT, *account)
        credential = await self.credentials.find(command.organization, command.email)
        known = await self.passwords.verify(command.password, credential.password_hash if credential else None)
        if credential is None or not known:
            await self.attempts.note_failure(Limit.LOGIN_PER_ACCOUNT, *account)
            raise InvalidCredentials
        return credential


@dataclass(frozen=True, slots=True)
class LogInHandler:
    """Raises: InvalidCredentials, RateLimitExceeded."""

    check: PasswordCheck
    begin: BeginIdentity
    new_id: IdFactory
    clock: Clock
    tokens: Tokens
    opaque: OpaqueTokens

    async def __call__(self, command: LogIn) -> SignedIn:
        known = await self.check(command)
        organization = known.organization
        caller = Caller(organization=organization, principal=ANONYMOUS, request_id=command.request_id)
        async with self.begin(caller) as work:
            try:
                member = await work.members.get(known.member_id)
            except MemberNotFound:
                raise InvalidCredentials from None
            if member.password_hash != known.password_hash:
                raise Outdated  # it was changed since it was checked: check it again
            at = self.clock.now()
            token = self.opaque.new(TokenKind.REFRESH, organization, self.new_id())
            first = RefreshToken(
                id=RefreshTokenId(token.id), parent_id=None, secret_hash=token.secret_hash, sealed=None, issued_at=at
            )
            member = member.log_in(SessionId(self.new_id()), first, user_agent=command.user_agent, at=at)
            work.members.save(member)
            standing = Standing(organization=organization, role=member.role, customer_id=member.customer_id)
            return await work.commit(signed_in(self.tokens, standing, member.sessions[-1], token.text, at=at))
