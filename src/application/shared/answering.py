"""Reruns, once, around any use case: what is outdated is read and decided anew."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Generic, TypeVar

from application.shared.errors import ConcurrentModification, Outdated

C = TypeVar("C")
R = TypeVar("R")

RERUNS: Final = 5
"""How often a use case runs again, at most."""

DEADLINE: Final = 5.0
"""Seconds that a request has, all reruns included."""

RESERVE: Final = 1.0
"""Seconds that must be left of the deadline for a rerun to begin."""

PAUSE: Final = 0.01
"""Seconds: the longest pause before the second rerun. It doubles with each further one; the first comes at once."""


@dataclass(frozen=True, slots=True)
class Answering(Generic[C, R]):
    """A use case that answers in spite of races.

    Raises: what the use case raises, but ConcurrentModification where the last rerun is outdated, too.
    """

    use_case: Callable[[C], Awaitable[R]]

    async def __call__(self, command: C) -> R:
        last_start = monotonic() + DEADLINE - RESERVE
        for rerun in range(RERUNS + 1):
            try:
                return await self.use_case(command)
            except Outdated:
                if rerun == RERUNS or monotonic() > last_start:
                    break
                await asyncio.sleep(random.uniform(0, PAUSE * 2 ** (rerun - 1)) if rerun else 0)  # noqa: S311 - jitter
        raise ConcurrentModification
