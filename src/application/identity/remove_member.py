"""Remove a member: its sessions end, its address is free again; what it did stays on record."""

from dataclasses import dataclass

from application.identity.callers import role_of
from application.identity.ports import BeginIdentity
from application.shared.caller import Caller
from application.shared.ports import Clock
from domain.ids import MemberId
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMember:
    caller: Caller
    member_id: MemberId
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class RemoveMemberHandler:
    """Raises: MemberNotFound, StaleVersion, PermissionMissing, RulesBroken (last-owner)."""

    begin: BeginIdentity
    clock: Clock

    async def __call__(self, command: RemoveMember) -> None:
        async with self.begin(command.caller) as work:
            member, owners = await work.members.get_among_owners(command.member_id)
            check_version(expected=command.expected_version, actual=member.version)
            work.members.save(member.remove(by=role_of(command.caller), owners=owners, at=self.clock.now()))
            await work.commit(None)
