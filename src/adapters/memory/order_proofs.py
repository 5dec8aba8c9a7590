"""Orders in memory, proved."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from adapters.memory.books import MemoryBooks
from adapters.memory.store import MemoryStore
from adapters.records.invariants import judged
from application.ordering.proof import OrderProof
from domain.ids import OrderId
from domain.ordering.errors import OrderNotFound


@dataclass(frozen=True, slots=True)
class MemoryOrderProofs:
    """Goes through all events of the organization: nobody keeps enough in memory for that to take long."""

    store: MemoryStore

    async def of(self, organization: UUID, id: OrderId) -> OrderProof:
        await asyncio.sleep(0)
        row = self.store.row(organization, "orders", id)
        if row is None:
            raise OrderNotFound(id)
        facts = MemoryBooks(self.store, organization).of("order", id)
        return OrderProof(id=id, customer_id=row["customer_id"], checks=judged(facts))
