"""Change one's password: every session ends, this one included."""

from dataclasses import dataclass

from application.identity.callers import member_of, oneself
from application.identity.ports import Attempts, BeginIdentity, Limit, Passwords
from application.shared.caller import Caller
from application.shared.errors import Outdated
from application.shared.ports import Clock
from domain.identity.errors import InvalidCredentials
from domain.identity.passwords import NewPassword


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    caller: Caller
    current: str
    new: NewPassword


@dataclass(frozen=True, slots=True)
class ChangePasswordHandler:
    """Raises: InvalidCredentials, when the current password is another; InvalidToken; RateLimitExceeded."""

    begin: BeginIdentity
    clock: Clock
    passwords: Passwords
    attempts: Attempts

    async def __call__(self, command: ChangePassword) -> None:
        await self.attempts.count(Limit.LOGIN_PER_ACCOUNT, str(member_of(command.caller)))
        async with self.begin(command.caller) as work:
            known = await oneself(work, command.caller)
        if not await self.passwords.verify(command.current, known.password_hash):
            raise InvalidCredentials
        password_hash = await self.passwords.hash(command.new.text)
        async with self.begin(command.caller) as work:
            member = await oneself(work, command.caller)
            if member.password_hash != known.password_hash:
                raise Outdated
            work.members.save(member.change_password(password_hash, at=self.clock.now()))
            await work.commit(None)
