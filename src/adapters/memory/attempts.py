"""Attempts counted in this process."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from application.identity.ports import Limit
from application.identity.rates import Rates
from application.shared.ports import Clock


@dataclass(slots=True)
class Window:
    """What was tried until it `ends`."""

    ends: datetime
    count: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class MemoryAttempts:
    """Windows that are over go when the next one of their limit begins."""

    clock: Clock
    rates: Rates
    windows: dict[Limit, dict[tuple[str, ...], Window]] = field(init=False, repr=False, default_factory=dict)
    """Those of one limit stand in the order in which they end."""

    async def count(self, limit: Limit, *subject: str) -> None:
        await asyncio.sleep(0)
        rate, now = self.rates[limit], self.clock.now()
        windows = self.windows.setdefault(limit, {})
        window = windows.get(subject)
        if window is None or window.ends <= now:
            while windows and windows[oldest := next(iter(windows))].ends <= now:
                del windows[oldest]
            window = windows[subject] = Window(now + timedelta(seconds=rate.window))
        window.count = min(window.count, rate.limit) + 1
        if window.count > rate.limit:
            raise rate.exceeded(limit, (window.ends - now).total_seconds())

    async def note_failure(self, limit: Limit, *subject: str) -> None:
        await asyncio.sleep(0)
        if window := self.windows.get(limit, {}).get(subject):
            window.failures += 1
