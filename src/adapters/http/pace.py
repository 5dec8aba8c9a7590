"""How often each principal calls: counted in this process alone, since every request passes here."""

from collections.abc import Callable
from time import monotonic
from typing import Final
from uuid import UUID

from application.identity.rates import Rate
from application.shared.caller import Caller

POLICY: Final = "per-principal"

MOST: Final = 100_000
"""Principals that are remembered, some 30 MB of them; when there are more, everybody begins anew."""


class Pace:
    """All windows begin and end together, so that forgetting what is over is one assignment."""

    __slots__ = ("_counts", "_ends", "_limit", "_most", "_now", "_rate")

    def __init__(self, rate: Rate, *, now: Callable[[], float] = monotonic, most: int = MOST) -> None:
        """`now` is in seconds, from any beginning."""
        self._rate = rate
        self._limit = rate.limit
        self._now = now
        self._most = most
        self._ends = 0.0
        self._counts: dict[tuple[UUID, UUID | None], int] = {}

    def count(self, caller: Caller) -> None:
        """Raises: RateLimitExceeded."""
        now = self._now()
        if now >= self._ends or len(self._counts) >= self._most:
            self._ends = now + self._rate.window
            self._counts = {}
        key = (caller.organization, caller.principal.id)
        count = self._counts.get(key, 0)
        if count >= self._limit:
            raise self._rate.exceeded(POLICY, self._ends - now)
        self._counts[key] = count + 1
