"""Log out: the session of a refresh token is over, whichever of its tokens it is."""

from dataclasses import dataclass

from application.identity.ports import BeginIdentity, OpaqueTokens, TokenKind
from application.shared.caller import ANONYMOUS, Caller
from application.shared.ports import Clock
from domain.identity.errors import InvalidToken
from domain.identity.session import RevokedBecause
from domain.ids import RefreshTokenId


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOut:
    request_id: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class LogOutHandler:
    """Of a token that is none of ours nobody learns anything: whatever it was, it is no session now (RFC 7009)."""

    begin: BeginIdentity
    clock: Clock
    opaque: OpaqueTokens

    async def __call__(self, command: LogOut) -> None:
        try:
            presented = self.opaque.read(TokenKind.REFRESH, command.refresh_token)
        except InvalidToken:
            return
        caller = Caller(organization=presented.organization, principal=ANONYMOUS, request_id=command.request_id)
        async with self.begin(caller) as work:
            family = await work.sessions.family(RefreshTokenId(presented.id))
            if family is None or family.presented.secret_hash != presented.secret_hash:
                return
            if family.session.revoked_at is not None:
                return
            work.sessions.save(family.session.revoke(RevokedBecause.LOGOUT, at=self.clock.now()))
            await work.commit(None)
