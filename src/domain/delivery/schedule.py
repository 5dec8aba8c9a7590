"""When a delivery is tried: at once, and nine times more over some three days, each time after a longer pause.

By the real clock, also where a sandbox has moved its own: how long a receiver is left alone is about the receiver.
"""

from datetime import timedelta
from typing import Final

PAUSES: Final = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""What passes before each attempt: the first one is made at once."""

ATTEMPTS: Final = len(PAUSES)

JITTER: Final = 0.2
"""The share of a pause by which it may be longer: those that failed together do not all come back at once."""


def pause_after(made: int, chance: float) -> timedelta | None:
    """Return how long to wait after `made` attempts (1 …) that failed; None: it is not tried any more.

    `chance`: 0 … 1, where in the jitter.
    """
    return PAUSES[made] * (1 + JITTER * chance) if made < ATTEMPTS else None
