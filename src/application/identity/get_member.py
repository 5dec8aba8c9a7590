"""Read one member."""

from dataclasses import dataclass

from application.identity.ports import MemberQueries, MemberView
from application.shared.caller import Caller
from domain.ids import MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMember:
    caller: Caller
    member_id: MemberId


@dataclass(frozen=True, slots=True)
class GetMemberHandler:
    """Raises: MemberNotFound."""

    members: MemberQueries

    async def __call__(self, query: GetMember) -> MemberView:
        return await self.members.get(query.caller.organization, query.member_id)
