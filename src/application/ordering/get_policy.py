"""Read what the organization demands of its orders."""

from dataclasses import dataclass

from application.ordering.policy_view import PolicyView
from application.ordering.ports import PolicyQueries
from application.shared.caller import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPolicy:
    caller: Caller


@dataclass(frozen=True, slots=True)
class GetPolicyHandler:
    """Raises: OrganizationMissing."""

    policies: PolicyQueries

    async def __call__(self, query: GetPolicy) -> PolicyView:
        return await self.policies.get(query.caller.organization)
