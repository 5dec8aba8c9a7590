"""One deadline for all that is done for one request: reruns, and what is run within them."""

from time import monotonic

import pytest

from application.shared.answering import RERUNS, rerun
from application.shared.deadline import DEADLINE, before_due, due
from application.shared.errors import ConcurrentModification, Outdated


async def test_an_attempt_and_its_reruns_are_due_at_one_time() -> None:
    seen: list[float] = []

    async def attempt(_: int) -> None:
        seen.append(due())
        raise Outdated

    with pytest.raises(ConcurrentModification):
        await rerun(attempt)
    assert len(seen) == RERUNS + 1
    assert len(set(seen)) == 1


async def test_what_is_rerun_within_a_rerun_is_due_when_that_is() -> None:
    async def inner(_: int) -> float:
        return due()

    async def outer(_: int) -> tuple[float, float]:
        return due(), await rerun(inner)

    whole, part = await rerun(outer)
    assert whole == part


async def test_the_next_request_has_a_deadline_of_its_own() -> None:
    async def attempt(_: int) -> float:
        return due()

    assert await rerun(attempt) < await rerun(attempt)
    with before_due(0.5):
        assert due() < monotonic() + DEADLINE / 2
    assert due() > monotonic() + DEADLINE / 2
