"""The clock of a sandbox, read and moved."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import select

from adapters.postgres.riding import Look, look
from adapters.postgres.unit_of_work import UnitOfWork
from adapters.postgres.wall import of_organization
from adapters.records.clock_records import CLOCK_COLUMNS, clock_changes, clock_from
from adapters.records.tables import organizations
from application.shared.errors import OrganizationMissing
from domain.identity.sandbox import SandboxClock


@dataclass(frozen=True, slots=True)
class PostgresClocks:
    unit: UnitOfWork

    async def get(self) -> SandboxClock:
        found = await self.unit.fetch(_get())
        if not found:
            raise OrganizationMissing
        return clock_from(found[0])

    def save(self, clock: SandboxClock) -> None:
        self.unit.stage(clock.id, clock_changes(clock))


@cache
def _get() -> Look:
    return look(select(*(organizations.c[name] for name in CLOCK_COLUMNS)).where(of_organization(organizations)))
