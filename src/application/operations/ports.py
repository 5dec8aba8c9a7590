"""What is known of the whole house at an instant: counts and sums, and nothing of whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

AGES: Final = ("<1h", "<6h", "<24h", ">=24h")
"""How long ago a pending order was placed, each without those before it; by the real clock."""

UNDECIDED: Final = ("open", "unknown")
"""Payments of which something is under way, and those of which nobody knows what became of it."""

TO_DO: Final = ("queued", "held")
"""Jobs that wait or run, and those that failed as often as they were tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of all organizations. By age: orders that hold stock and are not confirmed, and the units that they hold.

    `events_waiting` have no place in a feed yet (10 000: as many or more); the oldest is so many seconds old.
    """

    held_orders: Mapping[str, int]
    held_units: Mapping[str, int]
    payments: Mapping[str, int]
    jobs: Mapping[str, int]
    events_waiting: int
    oldest_event_seconds: float


class HouseFigures(Protocol):
    async def read(self) -> Figures:
        """Raises: Unavailable, Outdated (it took too long)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFigures:
    """A pool of connections: how many there may be, are lent, and are waited for now; and since it was made, how many
    uses had to wait, and were refused.
    """

    size: int
    in_use: int
    waiting: int
    waits: int
    refused: int


class WatchedPool(Protocol):
    def figures(self) -> PoolFigures: ...


@dataclass(frozen=True, slots=True)
class Audited:
    """What the stock of some products comes to: how many were `checked`, reserve more than there is (`oversold`), or
    differ from their ledger (`unbalanced`). `round_over`: the next ones are the first again.
    """

    checked: int
    oversold: int
    unbalanced: int
    round_over: bool


class AuditWatch(Protocol):
    def audited(self, some: Audited) -> None:
        """Take notice of the next products of a round."""
