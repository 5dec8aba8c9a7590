"""The unit of work over the memory store: look, decide, save, commit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from adapters.memory.api_keys import MemoryApiKeys
from adapters.memory.attempt import Attempt
from adapters.memory.clocks import MemoryClocks
from adapters.memory.customers import MemoryCustomers
from adapters.memory.deliveries import MemoryRedeliveries
from adapters.memory.endpoints import MemoryEndpoints
from adapters.memory.members import MemoryMembers, MemorySessions
from adapters.memory.orders import MemoryBaskets, MemoryOrders
from adapters.memory.organizations import MemoryOrganizations
from adapters.memory.policies import MemoryPolicies
from adapters.memory.products import MemoryProducts
from adapters.memory.store import MemoryStore
from application.shared.caller import Caller
from application.shared.ports import Clock, IdFactory

R = TypeVar("R")


class MemoryWork:
    """The `Work` of every context."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self.baskets = MemoryBaskets(attempt)
        self.orders = MemoryOrders(attempt)
        self.policies = MemoryPolicies(attempt)
        self.products = MemoryProducts(attempt)
        self.customers = MemoryCustomers(attempt)
        self.organizations = MemoryOrganizations(attempt)
        self.members = MemoryMembers(attempt)
        self.sessions = MemorySessions(attempt)
        self.api_keys = MemoryApiKeys(attempt)
        self.clocks = MemoryClocks(attempt)
        self.redeliveries = MemoryRedeliveries(attempt)
        self.endpoints = MemoryEndpoints(attempt)

    async def look(self) -> None:
        await self._attempt.turn()
        if self._attempt.store.row(self._attempt.organization, "organizations") is None:
            self._attempt.without_organization()

    def now(self) -> datetime:
        return self._attempt.now()

    def instant(self) -> datetime:
        return self._attempt.instant()

    async def commit(self, result: R) -> R:
        await self._attempt.commit(result)
        return result

    async def record(self) -> None:
        await self._attempt.record()


@dataclass(frozen=True, slots=True)
class MemoryBegin:
    """Opens units of work."""

    store: MemoryStore
    clock: Clock
    new_id: IdFactory

    @asynccontextmanager
    async def __call__(self, caller: Caller) -> AsyncIterator[MemoryWork]:
        attempt = Attempt(self.store, caller, self.clock, self.new_id)
        try:
            yield MemoryWork(attempt)
        finally:
            attempt.end()
