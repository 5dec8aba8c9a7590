"""How often a principal may call, without a clock that anybody waits for."""

from uuid import UUID

import pytest

from adapters.http.pace import Pace
from adapters.system import new_id
from application.identity.rates import Rate
from application.shared.caller import Caller, Principal, PrincipalKind
from domain.identity.errors import RateLimitExceeded


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


def somebody(organization: UUID | None = None, id: UUID | None = None) -> Caller:
    principal = Principal(PrincipalKind.USER, id=id or new_id(), role="owner")
    return Caller(organization=organization or new_id(), principal=principal, request_id="request-1")


def refused(pace: Pace, caller: Caller) -> RateLimitExceeded | None:
    try:
        pace.count(caller)
    except RateLimitExceeded as refusal:
        return refusal
    return None


def test_as_many_as_the_limit_pass_in_each_window(watch: Stopwatch) -> None:
    pace, caller = Pace(Rate(3, 2), now=watch), somebody()
    for _ in range(3):
        assert [bool(refused(pace, caller)) for _ in range(5)] == [False, False, False, True, True]
        watch.seconds += 2


def test_a_refusal_says_when_to_come_back(watch: Stopwatch) -> None:
    pace, caller = Pace(Rate(1, 60), now=watch), somebody()
    assert refused(pace, caller) is None
    watch.seconds += 17.5
    refusal = refused(pace, caller)
    assert refusal is not None
    assert (refusal.policy, refusal.limit, refusal.window, refusal.retry_after) == ("per-principal", 1, 60, 43)


def test_each_principal_of_each_organization_is_counted_for_itself(watch: Stopwatch) -> None:
    pace, caller = Pace(Rate(1, 1), now=watch), somebody()
    pace.count(caller)
    assert refused(pace, somebody(caller.organization)) is None
    assert refused(pace, somebody(id=caller.principal.id)) is None
    assert refused(pace, caller)


def test_memory_is_bounded_by_beginning_anew(watch: Stopwatch) -> None:
    pace, caller = Pace(Rate(1, 86400), now=watch, most=10), somebody()
    pace.count(caller)
    for _ in range(9):
        assert refused(pace, caller)
        pace.count(somebody())
    assert refused(pace, caller) is None
