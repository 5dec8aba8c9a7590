"""The figures of the house as they were a moment ago: however often they are asked for, the store seldom is."""

import asyncio
import logging
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from application.operations.ports import Figures, HouseFigures
from application.shared.errors import Interrupted

FRESH: Final = 5.0
"""Seconds that figures are shown again without asking."""

SHARE: Final = 0.05
"""Of one connection's time, at most: what took longer to count is shown for longer."""

PATIENCE: Final = 1.0
"""Seconds that a scrape waits for figures; then it shows the last ones, and what is on its way serves the next one."""

_LOG: Final = logging.getLogger("orderwright.figures")


@dataclass(slots=True)
class Snapshot:
    figures: HouseFigures
    _last: Figures | None = None
    _until: float = 0.0
    _asking: asyncio.Task[None] | None = field(default=None, repr=False)

    async def latest(self) -> Figures | None:
        """Return figures, None where the store did not give any when it was asked last."""
        if self._asking is None and monotonic() >= self._until:
            self._asking = asyncio.create_task(self._ask(), name="figures")
        if self._asking is not None:
            await asyncio.wait((self._asking,), timeout=PATIENCE)
        return self._last

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _ask(self) -> None:
        began = monotonic()
        try:
            self._last = await self.figures.read()
        except Interrupted:
            self._last = None
        except Exception:  # noqa: BLE001 - whatever it is, the other figures are told
            self._last = None
            _LOG.exception("the store does not give its figures")
        finally:
            now = monotonic()
            self._until = now + max(FRESH, (now - began) / SHARE)
            self._asking = None
