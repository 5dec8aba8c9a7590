"""By when an answer is due. Whatever is done for one request knows it, without being handed it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Final

DEADLINE: Final = 5.0
"""Seconds that a request has, all reruns included."""

RESERVE: Final = 1.0
"""Seconds that must be left of the deadline for anything to begin."""

_due: ContextVar[float | None] = ContextVar("due", default=None)


def due() -> float:
    """Return when the answer is due, by the monotonic clock. Who asks for nobody has his own, from now on."""
    known = _due.get()
    return monotonic() + DEADLINE if known is None else known


@contextmanager
def before_due(seconds: float = DEADLINE) -> Iterator[None]:
    """Do what stands within by one deadline: that of whatever it is a part of, else so many seconds from now."""
    before = _due.set(monotonic() + seconds if _due.get() is None else _due.get())
    try:
        yield
    finally:
        _due.reset(before)
