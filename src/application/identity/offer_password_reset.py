"""Offer a member a new password: a one-time token, good for an hour, for an admin to hand over."""

from dataclasses import dataclass
from datetime import datetime

from application.identity.callers import role_of
from application.identity.ports import BeginIdentity, OpaqueTokens, TokenKind
from application.shared.caller import Caller
from application.shared.ports import Clock
from domain.identity.member import RESET_GOOD_FOR
from domain.ids import MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPasswordReset:
    caller: Caller
    member_id: MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetOffer:
    """`token` is shown once, and good for one use until `expires_at`."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OfferPasswordResetHandler:
    """Raises: MemberNotFound; PermissionMissing, when it is an owner's password and the caller is none."""

    begin: BeginIdentity
    clock: Clock
    opaque: OpaqueTokens

    async def __call__(self, command: OfferPasswordReset) -> PasswordResetOffer:
        async with self.begin(command.caller) as work:
            member, at = await work.members.get(command.member_id), self.clock.now()
            token = self.opaque.new(TokenKind.PASSWORD_RESET, command.caller.organization, member.id)
            work.members.save(member.offer_reset(token.secret_hash, by=role_of(command.caller), at=at))
            return await work.commit(PasswordResetOffer(token=token.text, expires_at=at + RESET_GOOD_FOR))
