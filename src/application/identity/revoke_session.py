"""Revoke one session of one's own, by its id: the one on the lost phone."""

from dataclasses import dataclass

from application.identity.callers import member_of
from application.identity.ports import BeginIdentity
from application.shared.caller import Caller
from application.shared.ports import Clock
from domain.identity.errors import SessionNotFound
from domain.identity.session import RevokedBecause
from domain.ids import SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeSession:
    caller: Caller
    session_id: SessionId


@dataclass(frozen=True, slots=True)
class RevokeSessionHandler:
    """Raises: SessionNotFound, for what is over or another's, too."""

    begin: BeginIdentity
    clock: Clock

    async def __call__(self, command: RevokeSession) -> None:
        async with self.begin(command.caller) as work:
            session, at = await work.sessions.get(command.session_id), self.clock.now()
            if session.member_id != member_of(command.caller) or not session.live(at):
                raise SessionNotFound(command.session_id)
            work.sessions.save(session.revoke(RevokedBecause.LOGOUT, at=at))
            await work.commit(None)
