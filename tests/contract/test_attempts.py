"""How often something may be attempted, whoever tries, and however many try at once."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from application.identity.ports import Attempts, Limit
from application.identity.rates import Rate
from domain.identity.errors import RateLimitExceeded
from tests.contract.backend import Backend
from tests.trials import trials

ACCOUNT, ADDRESS = Limit.LOGIN_PER_ACCOUNT, Limit.LOGIN_PER_ADDRESS
RATES = {ACCOUNT: Rate(3, 60), ADDRESS: Rate(5, 60), Limit.SIGNUP_PER_ADDRESS: Rate(1, 3600)}


@pytest.fixture
def attempts(backend: Backend) -> Attempts:
    return backend.attempts(RATES)


@pytest.fixture
def subject(backend: Backend) -> Callable[[], str]:
    """Somebody of whom nothing was counted yet."""
    return lambda: str(backend.new_id())


async def passed(attempts: Attempts, limit: Limit, *subject: str, times: int) -> list[bool]:
    """Try so many times; say which attempts passed."""
    return [not isinstance(await refusal(attempts, limit, *subject), RateLimitExceeded) for _ in range(times)]


async def refusal(attempts: Attempts, limit: Limit, *subject: str) -> RateLimitExceeded | None:
    try:
        await attempts.count(limit, *subject)
    except RateLimitExceeded as refused:
        return refused
    return None


async def test_as_many_as_the_limit_pass(attempts: Attempts, subject: Callable[[], str]) -> None:
    assert await passed(attempts, ACCOUNT, "acme", subject(), times=5) == [True, True, True, False, False]


async def test_a_refusal_says_what_holds_and_when_to_come_back(
    backend: Backend, attempts: Attempts, subject: Callable[[], str]
) -> None:
    one = subject()
    await passed(attempts, ACCOUNT, one, times=3)
    backend.clock.advance(seconds=17.5)
    refused = await refusal(attempts, ACCOUNT, one)
    assert refused is not None
    assert (refused.policy, refused.limit, refused.window, refused.retry_after) == ("login-per-account", 3, 60, 43)


async def test_the_window_begins_with_the_first_attempt_and_refusals_do_not_prolong_it(
    backend: Backend, attempts: Attempts, subject: Callable[[], str]
) -> None:
    one = subject()
    backend.clock.advance(seconds=41)
    assert await passed(attempts, ACCOUNT, one, times=2) == [True, True]
    backend.clock.advance(seconds=59)
    assert await passed(attempts, ACCOUNT, one, times=9) == [True] + [False] * 8
    backend.clock.advance(seconds=1)
    assert await passed(attempts, ACCOUNT, one, times=4) == [True, True, True, False]


async def test_the_wait_is_a_second_at_least(backend: Backend, attempts: Attempts, subject: Callable[[], str]) -> None:
    one = subject()
    await passed(attempts, ACCOUNT, one, times=3)
    backend.clock.advance(seconds=59.999)
    refused = await refusal(attempts, ACCOUNT, one)
    assert refused is not None
    assert refused.retry_after == 1


async def test_each_subject_and_each_limit_is_counted_for_itself(
    attempts: Attempts, subject: Callable[[], str]
) -> None:
    one, another = subject(), subject()
    assert await passed(attempts, ACCOUNT, one, another, times=4) == [True, True, True, False]
    assert await passed(attempts, ACCOUNT, another, one, times=1) == [True]
    assert await passed(attempts, ACCOUNT, one + another, "", times=1) == [True]
    assert await passed(attempts, ADDRESS, one, another, times=1) == [True]


async def test_a_failure_that_is_noted_counts_no_attempt(attempts: Attempts, subject: Callable[[], str]) -> None:
    one = subject()
    await attempts.note_failure(ACCOUNT, one)
    assert await passed(attempts, ACCOUNT, one, times=2) == [True, True]
    await attempts.note_failure(ACCOUNT, one)
    assert await passed(attempts, ACCOUNT, one, times=2) == [True, False]


async def test_of_many_at_once_exactly_the_limit_pass(
    backend: Backend, attempts: Attempts, subject: Callable[[], str]
) -> None:
    for _ in range(trials(200, 10)):
        one = subject()
        refusals: Sequence[RateLimitExceeded | None] = await asyncio.gather(
            *(refusal(attempts, ADDRESS, one) for _ in range(30))
        )
        assert refusals.count(None) == 5
        backend.clock.advance(seconds=60)
        again = await asyncio.gather(*(refusal(attempts, ADDRESS, one) for _ in range(30)))
        assert again.count(None) == 5, "and in the next window, too"
