"""Change a member's role. It takes effect at once: every session of the member ends."""

from dataclasses import dataclass

from application.identity.callers import role_of
from application.identity.ports import BeginIdentity
from application.shared.caller import Caller
from application.shared.ports import Clock
from domain.identity.member import Member
from domain.identity.roles import Role
from domain.ids import MemberId
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMember:
    """`role` None leaves it as it is."""

    caller: Caller
    member_id: MemberId
    expected_version: int | None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class ChangeMemberHandler:
    """Raises: MemberNotFound, StaleVersion, PermissionMissing, RulesBroken (last-owner, customer-role-fixed)."""

    begin: BeginIdentity
    clock: Clock

    async def __call__(self, command: ChangeMember) -> Member:
        async with self.begin(command.caller) as work:
            before, owners = await work.members.get_among_owners(command.member_id)
            check_version(expected=command.expected_version, actual=before.version)
            role = command.role or before.role
            member = before.change_role(role, by=role_of(command.caller), owners=owners, at=self.clock.now())
            if member is before:
                return before
            work.members.save(member)
            return await work.commit(member)
