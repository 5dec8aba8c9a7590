"""Deliver at once what is due in one organization: for a sandbox that moves its clock, and wants to see what comes."""

import asyncio
from dataclasses import dataclass
from time import monotonic

from application.delivery.carry import CarryHandler
from application.delivery.ports import DeliveryQueue, Lane
from application.shared.due import Due


@dataclass(frozen=True, slots=True)
class DeliverDue:
    """Implements DueJob. What is due is so by the real clock: a sandbox that is a year ahead has not made its receivers
    wait for a year. Who does not answer in time is left to the workers.
    """

    queue: DeliveryQueue
    carry: CarryHandler

    @property
    def name(self) -> str:
        return "deliver"

    async def __call__(self, due: Due) -> int:
        lanes = await self.queue.lanes(due.caller.organization)
        tasks = [asyncio.create_task(self._carried(lane, due.until)) for lane in lanes]
        if not tasks:
            return 0
        try:
            done, _ = await asyncio.wait(tasks, timeout=due.until - monotonic())
        finally:
            for task in tasks:
                task.cancel()
        return sum([task.result() for task in done])

    async def _carried(self, lane: Lane, until: float) -> int:
        return await self.carry(lane, lambda: monotonic() < until)
