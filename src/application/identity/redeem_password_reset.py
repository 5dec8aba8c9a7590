"""Redeem a password reset: a one-time token for a new password."""

from dataclasses import dataclass

from application.identity.ports import BeginIdentity, Credentials, OpaqueTokens, Passwords, TokenKind
from application.shared.caller import ANONYMOUS, Caller
from application.shared.ports import Clock
from domain.identity.errors import InvalidToken, MemberNotFound
from domain.identity.passwords import NewPassword
from domain.ids import MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemPasswordReset:
    """`organization` is a slug."""

    request_id: str
    organization: str
    token: str
    new: NewPassword


@dataclass(frozen=True, slots=True)
class RedeemPasswordResetHandler:
    """Raises: InvalidToken, whatever is wrong with the token, or if it was used."""

    begin: BeginIdentity
    credentials: Credentials
    clock: Clock
    passwords: Passwords
    opaque: OpaqueTokens

    async def __call__(self, command: RedeemPasswordReset) -> None:
        token = self.opaque.read(TokenKind.PASSWORD_RESET, command.token)
        if await self.credentials.organization_of(command.organization) != token.organization:
            raise InvalidToken
        caller = Caller(organization=token.organization, principal=ANONYMOUS, request_id=command.request_id)
        await self._redeem(caller, MemberId(token.id), token.secret_hash, None)
        password_hash = await self.passwords.hash(command.new.text)  # only now: it is work, and not for everybody
        await self._redeem(caller, MemberId(token.id), token.secret_hash, password_hash)

    async def _redeem(self, caller: Caller, id: MemberId, secret_hash: bytes, password_hash: str | None) -> None:
        """Set the password; without one, only see whether the token is good. Raises: InvalidToken."""
        async with self.begin(caller) as work:
            try:
                member = await work.members.get(id)
            except MemberNotFound:
                raise InvalidToken from None
            after = member.redeem_reset(secret_hash, password_hash or "", at=self.clock.now())
            if password_hash is not None:
                work.members.save(after)
                await work.commit(None)
