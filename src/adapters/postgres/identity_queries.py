"""Who somebody is, read before and after the tenant is known; members, sessions and API keys as they are shown."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, select

from adapters.postgres.paging import page, turned
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.api_key_records import api_key_view
from adapters.records.identity_records import organization_view
from adapters.records.member_records import credential_from, member_view
from adapters.records.schema import INSTANT
from adapters.records.session_records import session_view
from adapters.records.tables import api_keys, members, organizations, sessions
from application.identity.ports import (
    ApiKeyView,
    Credential,
    MemberView,
    OrganizationView,
    SessionView,
)
from application.shared.caller import Caller
from application.shared.pages import Direction, Page, PageRequest
from domain.email import same_mailbox
from domain.identity.errors import InvalidToken, MemberNotFound
from domain.identity.session import ABSOLUTE, IDLE
from domain.ids import MemberId, OrganizationId

FIND_ORGANIZATION: Final = "SELECT organization_of_slug($1)"
"""The one question that may be asked before the tenant is known: exact match, one id or null."""

NOBODY: Final = OrganizationId(UUID(int=0))
"""Whom an unknown slug is looked for among, so that it takes as long as a known one."""


@dataclass(frozen=True, slots=True)
class PostgresCredentials:
    pool: TenantPool

    async def find(self, organization_slug: str, email: str) -> Credential | None:
        async with self.pool.connection() as connection:
            organization = await connection.fetchval(FIND_ORGANIZATION, organization_slug) or NOBODY
            await connection.serve(organization)
            values = {PARAMETER: organization, "mailbox": same_mailbox(email)}
            found = await _credential().fetch(connection, values)
        return credential_from(found[0], organization) if found else None

    async def organization_of(self, slug: str) -> OrganizationId | None:
        async with self.pool.connection() as connection:
            organization: OrganizationId | None = await connection.fetchval(FIND_ORGANIZATION, slug)
        return organization


@dataclass(frozen=True, slots=True)
class PostgresMeQueries:
    pool: TenantPool

    async def me(self, caller: Caller) -> tuple[OrganizationView, MemberView | None]:
        values = {PARAMETER: caller.organization, "member": caller.principal.id}
        async with self.pool.serving(caller.organization) as connection:
            rows = await _me().fetch(connection, values)
        if not rows:
            raise InvalidToken
        (found,) = rows
        member = {name.removeprefix("member_"): value for name, value in found.items() if name.startswith("member_")}
        return organization_view(found), member_view(member) if member["id"] else None


@dataclass(frozen=True, slots=True)
class PostgresMemberQueries:
    pool: TenantPool

    async def get(self, organization: UUID, id: MemberId) -> MemberView:
        async with self.pool.serving(organization) as connection:
            found = await _member().fetch(connection, {PARAMETER: organization, "id": id})
        if not found:
            raise MemberNotFound(id)
        return member_view(found[0])

    async def page(self, organization: UUID, request: PageRequest) -> Page[MemberView]:
        return await page(self.pool, organization, _members, {}, request, member_view)


@dataclass(frozen=True, slots=True)
class PostgresSessionQueries:
    pool: TenantPool

    async def page(
        self, organization: UUID, member: UUID | None, at: datetime, request: PageRequest
    ) -> Page[SessionView]:
        values = {"member": member, "used_since": at - IDLE, "begun_since": at - ABSOLUTE}
        return await page(self.pool, organization, _sessions, values, request, session_view)


@dataclass(frozen=True, slots=True)
class PostgresApiKeyQueries:
    pool: TenantPool

    async def page(self, organization: UUID, request: PageRequest) -> Page[ApiKeyView]:
        return await page(self.pool, organization, _api_keys, {}, request, api_key_view)


@cache
def _credential() -> Statement:
    this = (members.c.mailbox == bindparam("mailbox", type_=Text()), members.c.removed_at.is_(None))
    return compiled(select(members).where(of_organization(members), *this))


@cache
def _me() -> Statement:
    this = (members.c.id == bindparam("member", type_=Uuid())) & members.c.removed_at.is_(None)
    both = organizations.outerjoin(members, of_organization(members) & this)
    member = [column.label(f"member_{column.name}") for column in members.c]
    return compiled(select(organizations, *member).select_from(both).where(of_organization(organizations)))


@cache
def _member() -> Statement:
    this = (members.c.id == bindparam("id", type_=Uuid()), members.c.removed_at.is_(None))
    return compiled(select(members).where(of_organization(members), *this))


@cache
def _members(direction: Direction, positioned: bool) -> Statement:
    present = select(members).where(of_organization(members), members.c.removed_at.is_(None))
    return turned(present, members, direction, positioned=positioned)


@cache
def _sessions(direction: Direction, positioned: bool) -> Statement:
    live = (
        sessions.c.member_id == bindparam("member", type_=Uuid()),
        sessions.c.revoked_at.is_(None),
        sessions.c.last_used_at > bindparam("used_since", type_=INSTANT),
        sessions.c.created_at > bindparam("begun_since", type_=INSTANT),
    )
    rows = select(sessions).where(of_organization(sessions), *live)
    return turned(rows, sessions, direction, positioned=positioned)


@cache
def _api_keys(direction: Direction, positioned: bool) -> Statement:
    rows = select(api_keys).where(of_organization(api_keys), api_keys.c.revoked_at.is_(None))
    return turned(rows, api_keys, direction, positioned=positioned)
