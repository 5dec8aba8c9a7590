"""Members with their live sessions, read and saved."""

from dataclasses import dataclass
from functools import cache

import asyncpg
from sqlalchemy import Uuid, bindparam, select

from adapters.postgres.nested import rows_beside
from adapters.postgres.riding import Look, look
from adapters.postgres.unit_of_work import UnitOfWork
from adapters.postgres.wall import of_organization
from adapters.records.member_records import customer_guard, member_changes, member_from
from adapters.records.schema import INSTANT
from adapters.records.session_records import SESSION_COLUMNS
from adapters.records.tables import customers, members, organizations, sessions
from domain.identity.errors import MemberNotFound
from domain.identity.member import Member
from domain.identity.session import ABSOLUTE, IDLE
from domain.ids import CustomerId, MemberId


@dataclass(frozen=True, slots=True)
class PostgresMembers:
    unit: UnitOfWork

    async def get(self, id: MemberId) -> Member:
        member, _ = await self.get_among_owners(id)
        return member

    async def get_among_owners(self, id: MemberId) -> tuple[Member, int]:
        at = self.unit.instant()
        found = await self.unit.fetch(_get(), id=id, used_since=at - IDLE, begun_since=at - ABSOLUTE)
        if not found:
            raise MemberNotFound(id)
        return self.unit.read("members", _member(found[0])), found[0]["owners"]

    async def customer_exists(self, id: CustomerId) -> bool:
        found = await self.unit.fetch(_customer(), id=id)
        status = found[0]["customer_status"] if found else None
        self.unit.hold(customer_guard(id, status))
        return status not in {None, "erased"}

    def save(self, member: Member) -> None:
        self.unit.save(member, member_changes)


def _member(record: asyncpg.Record) -> Member:
    live = (dict(zip(SESSION_COLUMNS, row, strict=True)) for row in record["live_sessions"])
    return member_from(record, live)


@cache
def _get() -> Look:
    live = rows_beside(
        sessions,
        SESSION_COLUMNS,
        sessions.c.member_id == members.c.id,
        sessions.c.revoked_at.is_(None),
        sessions.c.last_used_at > bindparam("used_since", type_=INSTANT),
        sessions.c.created_at > bindparam("begun_since", type_=INSTANT),
    )
    walls = (of_organization(members), of_organization(organizations))
    this = (members.c.id == bindparam("id", type_=Uuid()), members.c.removed_at.is_(None))
    house = (organizations.c.clock_offset_seconds, organizations.c.owners)
    return look(select(*house, members, live.label("live_sessions")).where(*walls, *this))


@cache
def _customer() -> Look:
    this = select(customers.c.status).where(of_organization(customers), customers.c.id == bindparam("id", type_=Uuid()))
    status = this.scalar_subquery().label("customer_status")
    return look(select(organizations.c.clock_offset_seconds, status).where(of_organization(organizations)))
