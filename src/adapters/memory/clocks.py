"""The clock of a sandbox, in memory."""

from dataclasses import dataclass

from adapters.memory.attempt import Attempt
from adapters.records.clock_records import clock_changes, clock_from
from application.shared.errors import OrganizationMissing
from domain.identity.sandbox import SandboxClock


@dataclass(frozen=True, slots=True)
class MemoryClocks:
    attempt: Attempt

    async def get(self) -> SandboxClock:
        await self.attempt.turn()
        row = self.attempt.store.row(self.attempt.organization, "organizations")
        if row is None:
            raise OrganizationMissing
        return clock_from(row)

    def save(self, clock: SandboxClock) -> None:
        self.attempt.stage(clock.id, clock_changes(clock))
