"""Which organizations are sandboxes, in memory."""

from dataclasses import dataclass
from uuid import UUID

from adapters.memory.store import MemoryStore
from application.shared.errors import OrganizationMissing


@dataclass(frozen=True, slots=True)
class MemorySandboxes:
    store: MemoryStore

    async def is_sandbox(self, organization: UUID) -> bool:
        row = self.store.row(organization, "organizations")
        if row is None:
            raise OrganizationMissing
        return bool(row["sandbox"])
