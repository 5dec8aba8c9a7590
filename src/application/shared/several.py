"""Several things at once, but not all: each of those under way wants a connection."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic
from typing import TypeVar

T = TypeVar("T")


async def several(calls: Iterable[Callable[[], Awaitable[T]]], *, at_once: int, until: float) -> list[T]:
    """Begin one call after the other, as long as there is time (`until`, in monotonic seconds); return what they came
    to, in the order in which they ended.

    What has begun is always waited for. Raises: what a call raises; no other begins then.
    """
    waiting = iter(calls)
    done: list[T] = []
    failed = False

    async def work() -> None:
        nonlocal failed
        while not failed and monotonic() < until and (call := next(waiting, None)):
            try:
                done.append(await call())
            except BaseException:
                failed = True
                raise

    for outcome in await asyncio.gather(*(work() for _ in range(at_once)), return_exceptions=True):
        if outcome is not None:
            raise outcome
    return done
