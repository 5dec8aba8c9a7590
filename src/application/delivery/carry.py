"""Carry what is due in one lane: claim some, send them, write down what came of it, until nothing is left.

What belongs to one order goes one after the other, and stops where one fails; everything else side by side. A lane that
answers fast is given more at once; one that does not has four at a time, and nobody else waits for it.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from application.delivery.ports import Attempt, Batch, Carrier, Claimed, DeliveryQueue, Lane
from application.shared.ports import Clock
from application.webhooks.ports import Sent
from domain.delivery.verdict import NOBODY, DeliveryState, verdict

AT_ONCE: Final = 4
"""Deliveries of a lane that are under way at the same time."""

FEWEST: Final = AT_ONCE
MOST: Final = 64
"""Deliveries that are claimed at once: so many are sent a second time when a worker dies."""

LEASE: Final = 30.0
"""Seconds for which a claim holds. Who sends takes at most ten (mail: twenty); so no attempt begins later than"""

LATEST: Final = 8.0
"""seconds after the claim; what has not been tried by then is given back."""

QUICK: Final = 1.0
"""Seconds for a batch, within which a lane is fast."""


@dataclass(frozen=True, slots=True)
class CarryHandler:
    """`chance` is where in the jitter a pause lies. Only so many lanes ask the database at once: nobody waits for it
    with a delivery under way.
    """

    queue: DeliveryQueue
    webhooks: Carrier
    mail: Carrier
    clock: Clock
    chance: Callable[[], float]
    lease: float = LEASE
    _asking: asyncio.Semaphore = field(init=False, repr=False, default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def __call__(self, lane: Lane, go_on: Callable[[], bool]) -> int:
        """Carry until nothing is due, or nobody wants us to `go_on`; what has begun, to its end. Return how many
        attempts were made. Any number may work at one lane. Raises: Unavailable, Outdated.
        """
        made, limit = 0, FEWEST
        while go_on():
            began = monotonic()
            async with self._asking:
                batch = await self.queue.claim(lane, limit=limit, lease=self.lease)
            if batch.deliveries:
                attempts = await self._carried(batch, go_on, latest=began + min(LATEST, self.lease / 3))
                async with self._asking:
                    await self.queue.settle(batch, attempts)
                made += len(attempts)
                well = all(attempt.verdict.state is DeliveryState.DELIVERED for attempt in attempts)
                limit = min(limit * 2, MOST) if well and monotonic() - began < QUICK else FEWEST
            if not batch.more:
                break
        return made

    async def _carried(self, batch: Batch, go_on: Callable[[], bool], *, latest: float) -> list[Attempt]:
        """Return the attempts that were made, in any order."""
        carrier = self.mail if batch.lane.endpoint_id is None else self.webhooks
        runs = iter(_runs(batch.deliveries))
        attempts: list[Attempt] = []

        async def one_after_the_other() -> None:
            for run in runs:
                for delivery in run:
                    if not go_on() or monotonic() > latest:
                        return
                    attempt = await self._attempt(carrier, batch, delivery)
                    attempts.append(attempt)
                    if attempt.verdict.state is DeliveryState.PENDING or attempt.verdict.gone:
                        break

        await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
        return attempts

    async def _attempt(self, carrier: Carrier, batch: Batch, delivery: Claimed) -> Attempt:
        at = self.clock.now()
        if delivery.to is None:
            return Attempt(delivery=delivery, at=at, came=None, verdict=NOBODY)
        came = await carrier.carry(batch, delivery)
        status = came.status if isinstance(came, Sent) else None
        judged = verdict(status, made=delivery.made + 1, chance=self.chance())
        return Attempt(delivery=delivery, at=at, came=came, verdict=judged)


def _runs(deliveries: Iterable[Claimed]) -> list[list[Claimed]]:
    """Return the deliveries by subject, those of one in their order; the subject that waits longest first."""
    whose: dict[str, list[Claimed]] = {}
    for delivery in deliveries:
        whose.setdefault(delivery.subject, []).append(delivery)
    return list(whose.values())
