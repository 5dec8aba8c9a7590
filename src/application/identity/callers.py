"""A caller as identity sees it: a member, with a role."""

from application.identity.ports import IdentityWork
from application.shared.caller import Caller
from domain.identity.errors import InvalidToken, MemberNotFound
from domain.identity.member import Member
from domain.identity.roles import Role
from domain.ids import MemberId


def role_of(caller: Caller) -> Role:
    """Raises: ValueError, for a caller without a role: nobody lets such a one in here."""
    return Role(caller.principal.role or "")


def member_of(caller: Caller) -> MemberId:
    """Raises: ValueError, for a caller who is nobody in particular."""
    if caller.principal.id is None:
        raise ValueError("an anonymous caller is no member")
    return MemberId(caller.principal.id)


async def oneself(work: IdentityWork, caller: Caller) -> Member:
    """Return the caller's own member. Raises: InvalidToken, for one who was removed since the token was looked at."""
    try:
        return await work.members.get(member_of(caller))
    except MemberNotFound:
        raise InvalidToken from None
