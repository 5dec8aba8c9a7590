"""Policies: read, saved, and shown."""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy import Select, select

from adapters.postgres.riding import Look, look
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.unit_of_work import UnitOfWork
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.policy_records import POLICY_COLUMNS, policy_changes, policy_view, standing_from
from adapters.records.tables import organizations
from application.ordering.policy_view import PolicyView
from application.shared.errors import OrganizationMissing
from domain.ordering.policy import StandingPolicy


@dataclass(frozen=True, slots=True)
class PostgresPolicies:
    unit: UnitOfWork

    async def get(self) -> StandingPolicy:
        found = await self.unit.fetch(_look())
        if not found:
            raise OrganizationMissing
        return self.unit.read("organizations", standing_from(found[0]))

    def save(self, standing: StandingPolicy) -> None:
        self.unit.save(standing, policy_changes)


@dataclass(frozen=True, slots=True)
class PostgresPolicyQueries:
    pool: TenantPool

    async def get(self, organization: UUID) -> PolicyView:
        async with self.pool.serving(organization) as connection:
            found = await _get().fetch(connection, {PARAMETER: organization})
        if not found:
            raise OrganizationMissing
        return policy_view(found[0])


@cache
def _look() -> Look:
    return look(_standing())


@cache
def _get() -> Statement:
    return compiled(_standing())


def _standing() -> Select[tuple[object, ...]]:
    columns = ("id", "clock_offset_seconds", *POLICY_COLUMNS, "version")
    return select(*(organizations.c[name] for name in columns)).where(of_organization(organizations))
