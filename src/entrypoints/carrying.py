"""The worker's deliveries: each lane in which something is due gets a task of its own, and none waits for another."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, Protocol

from adapters.postgres.lane_scan import PostgresLaneScan
from application.delivery.ports import Lane
from application.shared.errors import Interrupted
from entrypoints.logs import WORKER, tell

LANES: Final = 200
"""Lanes that are worked at at the same time; each has four connections to its receiver at most."""

TURN: Final = 5.0
"""Seconds after which a lane makes room for others, where all are taken."""

REST: Final = 60.0
"""Seconds that a lane is left alone in which something went wrong that nobody thought of."""

BRIEFLY: Final = 1.0
"""Seconds that a lane is left alone while the database is away, or busy."""

_LOG: Final = logging.getLogger(WORKER)


class Carry(Protocol):
    async def __call__(self, lane: Lane, go_on: Callable[[], bool]) -> int: ...


@dataclass(slots=True)
class Carrying:
    """Implements Work. Looking ends at once: what it has begun goes on by itself, until it is told to stop."""

    scan: PostgresLaneScan
    carry: Carry
    most: int = LANES
    _running: dict[Lane, asyncio.Task[None]] = field(default_factory=dict)
    _resting: dict[Lane, float] = field(default_factory=dict)

    async def once(self, stop: asyncio.Event) -> bool:
        now = monotonic()
        self._resting = {lane: until for lane, until in self._resting.items() if until > now}
        due = [lane for lane in await self.scan.due() if lane not in self._running and lane not in self._resting]
        random.shuffle(due)  # where there are more than are worked at, each has its turn
        for lane in due[: self.most - len(self._running)]:
            task = asyncio.create_task(self._carried(lane, stop), name=f"deliveries: {lane.endpoint_id or 'mail'}")
            self._running[lane] = task
        return False

    async def close(self) -> None:
        """Wait for what is under way; once told to stop, nothing else begins."""
        try:
            while self._running:
                await asyncio.wait(self._running.values())
        finally:
            for task in self._running.values():  # cut off: whoever takes over waits for the end of the lease
                task.cancel()
            await self.scan.close()

    async def _carried(self, lane: Lane, stop: asyncio.Event) -> None:
        end = monotonic() + TURN
        try:
            if count := await self.carry(lane, lambda: not stop.is_set() and monotonic() < end):
                tell(_LOG, "deliveries attempted", job="deliver", count=count)
        except Interrupted:
            self._resting[lane] = monotonic() + BRIEFLY
        except Exception:  # noqa: BLE001 - whatever it is, the other lanes do not wait for it
            self._resting[lane] = monotonic() + REST
            _LOG.exception("deliveries of %s to %s cannot be carried", lane.organization, lane.endpoint_id or "mail")
        finally:
            del self._running[lane]
