"""List one's own live sessions, newest first."""

from dataclasses import dataclass

from application.identity.ports import SessionQueries, SessionView
from application.shared.caller import Caller
from application.shared.pages import Page, PageRequest
from application.shared.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSessions:
    caller: Caller
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListSessionsHandler:
    sessions: SessionQueries
    clock: Clock

    async def __call__(self, query: ListSessions) -> Page[SessionView]:
        caller = query.caller
        return await self.sessions.page(caller.organization, caller.principal.id, self.clock.now(), query.page)
