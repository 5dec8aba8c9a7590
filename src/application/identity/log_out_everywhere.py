"""Log out everywhere: every session of a member is over, one's own or, for an admin, another's."""

from dataclasses import dataclass

from application.identity.callers import oneself, role_of
from application.identity.ports import BeginIdentity
from application.shared.caller import Caller
from application.shared.ports import Clock
from domain.ids import MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOutEverywhere:
    """Without `member_id` it is oneself."""

    caller: Caller
    member_id: MemberId | None = None


@dataclass(frozen=True, slots=True)
class LogOutEverywhereHandler:
    """Raises: MemberNotFound; PermissionMissing, when an owner's sessions are to end by somebody who is none;
    InvalidToken, when oneself was removed meanwhile.
    """

    begin: BeginIdentity
    clock: Clock

    async def __call__(self, command: LogOutEverywhere) -> None:
        async with self.begin(command.caller) as work:
            whose = command.member_id
            member = await (oneself(work, command.caller) if whose is None else work.members.get(whose))
            work.members.save(member.log_out_everywhere(by=role_of(command.caller), at=self.clock.now()))
            await work.commit(None)
