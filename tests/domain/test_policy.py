"""What an organization may demand, and how a change counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ids import OrganizationId
from domain.ordering.policy import BOUNDS, Policy, StandingPolicy
from tests.domain.examples import product
from tests.strategies import policies
from tests.trials import trials

BEYOND = [(name, value) for name, (least, most) in BOUNDS.items() for value in (least - 1, most + 1)]


def standing(policy: Policy | None = None) -> StandingPolicy:
    return StandingPolicy(id=OrganizationId(product(0)), policy=policy or Policy())


def test_the_house_begins_with_ten_items_ten_euros_and_a_day() -> None:
    assert Policy() == Policy(max_items_per_order=10, minimum_order_value=1000, auto_cancel_after_hours=24)


def test_bounds_are_those_of_the_contract() -> None:
    by_hand = {
        "max_items_per_order": (1, 100),
        "minimum_order_value": (0, 9_007_199_254_740_991),
        "auto_cancel_after_hours": (1, 8760),
    }
    assert by_hand == BOUNDS


@pytest.mark.parametrize(("demand", "value"), BEYOND)
def test_nothing_beyond_its_bounds_is_demanded(demand: str, value: int) -> None:
    with pytest.raises(ValueError, match=demand):
        standing().change(**{demand: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("demand", BOUNDS)
@pytest.mark.parametrize("end", [0, 1])
def test_its_bounds_can_be_demanded(demand: str, end: int) -> None:
    policy = standing().change(**{demand: BOUNDS[demand][end]}).policy  # type: ignore[arg-type]
    assert getattr(policy, demand) == BOUNDS[demand][end]


@settings(max_examples=trials(500))
@given(before=policies(), after=policies(), said=st.sets(st.sampled_from(sorted(BOUNDS))))
def test_what_is_left_out_stays_and_a_change_counts_once(before: Policy, after: Policy, said: set[str]) -> None:
    changed = standing(before).change(**{name: getattr(after, name) for name in said})  # type: ignore[arg-type]
    for name in BOUNDS:
        assert getattr(changed.policy, name) == getattr(after if name in said else before, name)
    assert changed.version == 1 + (changed.policy != before)


def test_what_is_demanded_already_is_the_same_policy() -> None:
    policy = standing()
    assert policy.change() is policy
    assert policy.change(max_items_per_order=10) is policy
