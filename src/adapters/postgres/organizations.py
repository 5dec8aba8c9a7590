"""Organizations, founded."""

from dataclasses import dataclass

from adapters.postgres.unit_of_work import UnitOfWork
from adapters.records.identity_records import founding_changes
from domain.identity.member import Member
from domain.identity.organization import Organization


@dataclass(frozen=True, slots=True)
class PostgresOrganizations:
    unit: UnitOfWork

    def found(self, organization: Organization, owner: Member) -> None:
        self.unit.stage(organization.id, founding_changes(organization, owner))
