"""Sessions and their refresh tokens, read and saved."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import asyncpg
from sqlalchemy import Uuid, bindparam, select

from adapters.postgres.riding import Look, look
from adapters.postgres.unit_of_work import UnitOfWork
from adapters.postgres.wall import of_organization
from adapters.records.changes import Row
from adapters.records.session_records import SESSION_COLUMNS, TOKEN_COLUMNS, family_from, session_from, session_saved
from adapters.records.tables import members, organizations, refresh_tokens, sessions
from domain.identity.errors import SessionNotFound
from domain.identity.session import Family, Session
from domain.ids import RefreshTokenId, SessionId

_STANDING: Final = ("role", "customer_id")


@dataclass(frozen=True, slots=True)
class PostgresSessions:
    unit: UnitOfWork

    async def get(self, id: SessionId) -> Session:
        found = await self.unit.fetch(_get(), id=id)
        if not found:
            raise SessionNotFound(id)
        return self.unit.read("sessions", session_from(found[0]))

    async def family(self, presented: RefreshTokenId) -> Family | None:
        found = await self.unit.fetch(_family(), id=presented)
        if not found:
            return None
        parts = (_part(found[0], part, columns) for part, columns in _PARTS.items())
        family = family_from(*parts)
        self.unit.read("sessions", family.session)
        return family

    def save(self, session: Session) -> None:
        self.unit.save(session, session_saved)


_PARTS: Final = {"session": SESSION_COLUMNS, "presented": TOKEN_COLUMNS, "head": TOKEN_COLUMNS, "member": _STANDING}
"""What a family is read from, in the order of `family_from`."""


def _part(record: asyncpg.Record, part: str, columns: tuple[str, ...]) -> Row:
    return {name: record[f"{part}_{name}"] for name in columns}


@cache
def _get() -> Look:
    walls = (of_organization(sessions), of_organization(organizations))
    this = sessions.c.id == bindparam("id", type_=Uuid())
    return look(select(organizations.c.clock_offset_seconds, sessions).where(*walls, this))


@cache
def _family() -> Look:
    presented, head = refresh_tokens.alias("presented"), refresh_tokens.alias("head")
    tables = {"session": sessions, "presented": presented, "head": head, "member": members}
    columns = [tables[part].c[name].label(f"{part}_{name}") for part, names in _PARTS.items() for name in names]
    walls = [of_organization(table) for table in (*tables.values(), organizations)]
    joined = (
        presented.c.id == bindparam("id", type_=Uuid()),
        sessions.c.id == presented.c.session_id,
        head.c.id == sessions.c.head_id,
        members.c.id == sessions.c.member_id,
    )
    return look(select(organizations.c.clock_offset_seconds, *columns).where(*walls, *joined))
