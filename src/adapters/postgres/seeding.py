"""Many orders at once, for trying things at size: lives made by the domain, copied by stencil, written in bulk.

Every row is one that the mappers made, but for what differs between two orders that had the same life; so every
invariant holds of them. They lie in the past, the oldest first, as they would have come.
"""

import asyncio
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Final
from uuid import UUID

from adapters.postgres.bulk import Batch, analyzed, written
from adapters.postgres.lives import FATES, LIFETIME, PATIENT, Lives
from adapters.postgres.tenant_pool import TenantPool
from adapters.records.carried_out import CarriedOut
from adapters.records.changes import Changes
from adapters.records.stencils import Marks, Stencil
from application.shared.errors import Outdated
from domain.ordering.basket import Basket
from domain.ordering.facts import Buyer
from domain.ordering.number import BITS, order_number
from domain.shared.money import Currency

BATCH: Final = 1_000
"""Orders in one transaction: while it lasts, everybody else's changes of orders wait."""

STENCILS: Final = 2_000
"""How many orders differ in more than when and for whom; of few orders, a tenth."""

SPREAD: Final = timedelta(days=365)
"""How far back the oldest seeded order lies."""

WRITERS: Final = 2
"""Connections that it takes."""

ATTEMPTS: Final = 5
"""How often a batch is tried: a number may be another order's already."""

Plan = Sequence[tuple[Stencil, Marks]]
"""Which orders are to be made."""


@dataclass(frozen=True, slots=True)
class Seeder:
    """Fills one organization. The same state of `chance`, at the same `now`, makes the same rows."""

    pool: TenantPool
    organization: UUID
    currency: Currency
    now: datetime
    chance: random.Random

    async def seed(self, orders: int, progress: Callable[[int], None], *, products: int, customers: int) -> None:
        """Write products, customers and orders; `progress` hears of the size of every batch of orders."""
        lives = Lives(self.organization, self.currency, self.now - SPREAD, self.chance)
        tag = f"{self.chance.getrandbits(40):010x}"
        offered = [lives.product(f"{tag}-{i}") for i in range(products)]
        registered = [lives.customer(f"Customer {i}", f"customer-{tag}-{i}@example.com") for i in range(customers)]
        await self._found(changes for _, changes in (*offered, *registered))
        buyers = [buyer for buyer, _ in registered]
        basket = Basket(buyer=buyers[0], offers={offer.id: offer for offer, _ in offered}, policy=PATIENT)
        fates = islice(cycle(FATES), min(STENCILS, orders // 10 + len(FATES)))
        stencils = [lives.order(basket, fate) for fate in fates]
        await self._copy(self._marked(orders, stencils, buyers), progress)
        await analyzed(self.pool, self.organization)

    async def _found(self, some: Iterable[Changes]) -> None:
        changes = iter(some)
        while batch := list(islice(changes, BATCH)):
            done = CarriedOut.of(batch)
            await written(self.pool, self.organization, Batch.of([(done, done.groups())]))

    async def _copy(self, marked: Iterator[tuple[Stencil, Marks]], progress: Callable[[int], None]) -> None:
        """Write two batches at once: one is filled in and copied to the side, while the other is moved in."""
        turn = asyncio.Lock()

        async def write() -> None:
            while True:
                async with turn:  # so that chance is asked in one order
                    made = await self._next(marked)
                if made is None:
                    return
                await self._write(*made)
                progress(len(made[0]))

        try:
            async with asyncio.TaskGroup() as both:
                for _ in range(WRITERS):
                    both.create_task(write())
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _next(self, marked: Iterator[tuple[Stencil, Marks]]) -> tuple[Plan, Batch] | None:
        plan = list(islice(marked, BATCH))
        return (plan, await asyncio.to_thread(_filled, plan, self.chance)) if plan else None

    async def _write(self, plan: Plan, batch: Batch) -> None:
        for attempt in range(ATTEMPTS):
            try:
                return await written(self.pool, self.organization, batch)
            except Outdated:
                if attempt == ATTEMPTS - 1:
                    raise
            other = random.SystemRandom()
            renumbered = [(s, replace(m, number=order_number(other.getrandbits(BITS)))) for s, m in plan]
            batch = _filled(renumbered, other)
        return None

    def _marked(
        self, orders: int, stencils: Sequence[Stencil], buyers: Sequence[Buyer]
    ) -> Iterator[tuple[Stencil, Marks]]:
        """Yield orders from the oldest to the youngest, all of whose lives are over by now; no number comes twice."""
        number, step = self.chance.getrandbits(BITS), self.chance.getrandbits(BITS) | 1
        each = (SPREAD - LIFETIME) / orders
        for place in range(orders):
            number = (number + step) % (1 << BITS)
            at = self.now - SPREAD + each * (place + self.chance.random())
            buyer = self.chance.choice(buyers)
            yield self.chance.choice(stencils), Marks(at=at, number=order_number(number), owner=buyer.id)


def _filled(plan: Plan, chance: random.Random) -> Batch:
    return Batch.of((stencil, stencil.fill(marks, chance)) for stencil, marks in plan)
