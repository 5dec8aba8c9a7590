"""Which organizations are sandboxes."""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy import select

from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.tables import organizations
from application.shared.errors import OrganizationMissing


@dataclass(frozen=True, slots=True)
class PostgresSandboxes:
    pool: TenantPool

    async def is_sandbox(self, organization: UUID) -> bool:
        async with self.pool.serving(organization) as connection:
            found = await _sandbox().fetch(connection, {PARAMETER: organization})
        if not found:
            raise OrganizationMissing
        return bool(found[0]["sandbox"])


@cache
def _sandbox() -> Statement:
    return compiled(select(organizations.c.sandbox).where(of_organization(organizations)))
