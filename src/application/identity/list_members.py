"""List members, newest first."""

from dataclasses import dataclass

from application.identity.ports import MemberQueries, MemberView
from application.shared.caller import Caller
from application.shared.pages import Page, PageRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMembers:
    caller: Caller
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListMembersHandler:
    members: MemberQueries

    async def __call__(self, query: ListMembers) -> Page[MemberView]:
        return await self.members.page(query.caller.organization, query.page)
