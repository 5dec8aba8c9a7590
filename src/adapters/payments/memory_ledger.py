"""The books of the simulated gateway in this process, gone with it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from adapters.payments.simulated import Entry


@dataclass(frozen=True, slots=True)
class MemoryLedger:
    entries: dict[str, Entry] = field(init=False, default_factory=dict)

    async def add(self, entry: Entry) -> bool:
        return self.entries.setdefault(entry.key, entry) is entry

    async def get(self, key: str) -> Entry | None:
        return self.entries.get(key)

    async def land(self, key: str, at: datetime) -> None:
        entry = self.entries[key]
        if entry.landed_at is None or entry.landed_at > at:
            self.entries[key] = replace(entry, landed_at=at)

    async def of_payment(self, payment_id: UUID) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.payment_id == payment_id]
