"""Who somebody is, read before and after the tenant is known."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlalchemy import Text, Uuid, bindparam, select

from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.identity_records import credential_from, member_view, organization_view
from adapters.records.tables import members, organizations
from application.identity.ports import Credential, MemberView, OrganizationView
from application.shared.caller import Caller
from domain.email import same_mailbox
from domain.identity.errors import InvalidToken

FIND_ORGANIZATION: Final = "SELECT organization_of_slug($1)"
"""The one question that may be asked before the tenant is known: exact match, one id or null."""


@dataclass(frozen=True, slots=True)
class PostgresCredentials:
    pool: TenantPool

    async def find(self, organization_slug: str, email: str) -> Credential | None:
        async with self.pool.connection() as connection:
            organization = await connection.fetchval(FIND_ORGANIZATION, organization_slug)
            if organization is None:
                return None
            await connection.serve(organization)
            values = {PARAMETER: organization, "mailbox": same_mailbox(email)}
            found = await _credential().fetch(connection, values)
        return credential_from(found[0], organization) if found else None


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


@cache
def _credential() -> Statement:
    this = members.c.mailbox == bindparam("mailbox", type_=Text())
    return compiled(select(members).where(of_organization(members), this))


@cache
def _me() -> Statement:
    this = members.c.id == bindparam("member", type_=Uuid())
    both = organizations.outerjoin(members, of_organization(members) & this)
    member = [column.label(f"member_{column.name}") for column in members.c]
    return compiled(select(organizations, *member).select_from(both).where(of_organization(organizations)))
