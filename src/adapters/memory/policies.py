"""Policies in memory."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from adapters.memory.attempt import Attempt
from adapters.memory.store import MemoryStore
from adapters.records.changes import Row
from adapters.records.policy_records import policy_changes, policy_view, standing_from
from application.ordering.policy_view import PolicyView
from application.shared.errors import OrganizationMissing
from domain.ordering.policy import StandingPolicy


class MemoryPolicies:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    async def get(self) -> StandingPolicy:
        await self._attempt.turn()
        row = _organization(self._attempt.store, self._attempt.organization)
        return self._attempt.read("organizations", standing_from(row))

    def save(self, standing: StandingPolicy) -> None:
        self._attempt.save(standing, policy_changes)


@dataclass(frozen=True, slots=True)
class MemoryPolicyQueries:
    store: MemoryStore

    async def get(self, organization: UUID) -> PolicyView:
        await asyncio.sleep(0)
        return policy_view(_organization(self.store, organization))


def _organization(store: MemoryStore, organization: UUID) -> Row:
    row = store.row(organization, "organizations")
    if row is None:
        raise OrganizationMissing
    return row
