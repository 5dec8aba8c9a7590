"""Refresh: the newest refresh token of a session for the next one, and a fresh access token beside it."""

from dataclasses import dataclass
from typing import assert_never

from application.identity.ports import BeginIdentity, OpaqueToken, OpaqueTokens, TokenKind, Tokens
from application.identity.signed_in import SignedIn, Standing, signed_in
from application.shared.caller import ANONYMOUS, Caller
from application.shared.ports import Clock, IdFactory
from domain.identity.errors import InvalidToken, TokenExpired, TokenReuseDetected
from domain.identity.session import Family, RefreshToken, Turn
from domain.ids import OrganizationId, RefreshTokenId


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshSession:
    request_id: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class RefreshSessionHandler:
    """Raises: InvalidToken, TokenExpired; TokenReuseDetected, once the session's end is durable."""

    begin: BeginIdentity
    new_id: IdFactory
    clock: Clock
    tokens: Tokens
    opaque: OpaqueTokens

    async def __call__(self, command: RefreshSession) -> SignedIn:
        presented = self.opaque.read(TokenKind.REFRESH, command.refresh_token)
        caller = Caller(organization=presented.organization, principal=ANONYMOUS, request_id=command.request_id)
        async with self.begin(caller) as work:
            family = await work.sessions.family(RefreshTokenId(presented.id))
            if family is None or family.presented.secret_hash != presented.secret_hash:
                raise InvalidToken
            session, at = family.session, self.clock.now()
            match family.turn(at):
                case Turn.REVOKED:
                    raise InvalidToken
                case Turn.EXPIRED:
                    raise TokenExpired
                case Turn.REUSED:
                    if session.revoked_at is None:
                        work.sessions.save(session.betray(at=at))
                        await work.commit(None)
                    raise TokenReuseDetected
                case Turn.SAME_AGAIN:
                    text = self.opaque.unseal(family.head.sealed or b"", under=presented)
                case Turn.NEXT:
                    successor = self.opaque.new(TokenKind.REFRESH, presented.organization, self.new_id())
                    session = session.rotate(self._next(family, successor, presented), at=at)
                    work.sessions.save(session)
                    text = successor.text
                case never:
                    assert_never(never)
            standing = Standing(
                organization=OrganizationId(presented.organization), role=family.role, customer_id=family.customer_id
            )
            return await work.commit(signed_in(self.tokens, standing, session, text, at=at))

    def _next(self, family: Family, successor: OpaqueToken, presented: OpaqueToken) -> RefreshToken:
        return RefreshToken(
            id=RefreshTokenId(successor.id),
            parent_id=family.presented.id,
            secret_hash=successor.secret_hash,
            sealed=self.opaque.seal(successor, under=presented),
            issued_at=self.clock.now(),
        )
