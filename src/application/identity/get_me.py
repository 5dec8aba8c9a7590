"""Who am I?"""

from dataclasses import dataclass

from application.identity.ports import MemberView, MeQueries, OrganizationView
from application.shared.caller import Caller, PrincipalKind


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMe:
    caller: Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    principal: PrincipalKind
    organization: OrganizationView
    member: MemberView | None
    role: str | None


@dataclass(frozen=True, slots=True)
class GetMeHandler:
    queries: MeQueries

    async def __call__(self, query: GetMe) -> Me:
        organization, member = await self.queries.me(query.caller)
        principal = query.caller.principal
        return Me(principal=principal.kind, organization=organization, member=member, role=principal.role)
