"""Members with their live sessions, and sessions by themselves, in memory."""

from dataclasses import dataclass

from adapters.memory.attempt import Attempt
from adapters.records.member_records import customer_guard, member_changes, member_from
from adapters.records.session_records import family_from, session_from, session_saved
from domain.identity.errors import MemberNotFound, SessionNotFound
from domain.identity.member import Member
from domain.identity.session import Family, Session
from domain.ids import CustomerId, MemberId, RefreshTokenId, SessionId


@dataclass(frozen=True, slots=True)
class MemoryMembers:
    attempt: Attempt

    async def get(self, id: MemberId) -> Member:
        member, _ = await self.get_among_owners(id)
        return member

    async def get_among_owners(self, id: MemberId) -> tuple[Member, int]:
        await self.attempt.turn()
        store, organization, at = self.attempt.store, self.attempt.organization, self.attempt.instant()
        row, house = store.row(organization, "members", id), store.row(organization, "organizations")
        if row is None or row["removed_at"] is not None or house is None:
            raise MemberNotFound(id)
        member = member_from(
            row,
            (one for one in store.rows(organization, "sessions", member_id=id) if session_from(one).live(at)),
        )
        return self.attempt.read("members", member), house["owners"]

    async def customer_exists(self, id: CustomerId) -> bool:
        await self.attempt.turn()
        row = self.attempt.store.row(self.attempt.organization, "customers", id)
        self.attempt.hold(customer_guard(id, row["status"] if row else None))
        return row is not None and row["status"] != "erased"

    def save(self, member: Member) -> None:
        self.attempt.save(member, member_changes)


@dataclass(frozen=True, slots=True)
class MemorySessions:
    attempt: Attempt

    async def get(self, id: SessionId) -> Session:
        await self.attempt.turn()
        row = self.attempt.store.row(self.attempt.organization, "sessions", id)
        if row is None:
            raise SessionNotFound(id)
        return self.attempt.read("sessions", session_from(row))

    async def family(self, presented: RefreshTokenId) -> Family | None:
        await self.attempt.turn()
        store, organization = self.attempt.store, self.attempt.organization
        token = store.row(organization, "refresh_tokens", presented)
        session = token and store.row(organization, "sessions", token["session_id"])
        if not (token and session):
            return None
        head = store.row(organization, "refresh_tokens", session["head_id"])
        member = store.row(organization, "members", session["member_id"])
        if not (head and member):
            raise RuntimeError(f"the session {session['id']} is not whole")
        family = family_from(session, token, head, member)
        self.attempt.read("sessions", family.session)
        return family

    def save(self, session: Session) -> None:
        self.attempt.save(session, session_saved)
