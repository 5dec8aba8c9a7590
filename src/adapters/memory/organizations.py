"""Founding organizations in memory."""

from dataclasses import dataclass

from adapters.memory.attempt import Attempt
from adapters.records.identity_records import founding_changes
from domain.identity.member import Member
from domain.identity.organization import Organization


@dataclass(frozen=True, slots=True)
class MemoryOrganizations:
    attempt: Attempt

    def found(self, organization: Organization, owner: Member) -> None:
        self.attempt.stage(organization.id, founding_changes(organization, owner))
