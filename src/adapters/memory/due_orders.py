"""Which orders are due, in memory."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.memory.store import MemoryStore
from domain.ids import OrderId


@dataclass(frozen=True, slots=True)
class MemoryDueOrders:
    store: MemoryStore

    async def due(self, organization: UUID, at: datetime, limit: int) -> Sequence[OrderId]:
        await asyncio.sleep(0)
        rows = self.store.rows(organization, "orders")
        due = [row for row in rows if row["status"] == "pending" and row["expires_at"] <= at]
        due.sort(key=lambda row: (row["expires_at"], row["id"]))
        return [row["id"] for row in due[:limit]]
