"""How often a delivery is tried, and what an answer means."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.delivery.redelivery import Told
from domain.delivery.schedule import ATTEMPTS, JITTER, PAUSES, pause_after
from domain.delivery.verdict import DeliveryState, Verdict, verdict
from domain.ids import WebhookEndpointId
from domain.shared.errors import IllegalTransition
from domain.shared.minor_units import readable


def test_it_is_tried_ten_times_over_some_three_days() -> None:
    hours = [pause / timedelta(hours=1) for pause in PAUSES[3:]]
    assert [pause.total_seconds() for pause in PAUSES[:3]] == [0, 5, 300]
    assert hours == [0.5, 2, 5, 10, 14, 20, 24]
    assert sum(PAUSES, timedelta()) > timedelta(days=3)


@given(made=st.integers(1, ATTEMPTS - 1), chance=st.floats(0, 1))
def test_jitter_makes_a_pause_longer_and_never_shorter(made: int, chance: float) -> None:
    pause = pause_after(made, chance)
    assert pause is not None
    assert PAUSES[made] <= pause <= PAUSES[made] * (1 + JITTER)


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_any_2xx_is_a_success(status: int) -> None:
    assert verdict(status, made=ATTEMPTS, chance=0) == Verdict(DeliveryState.DELIVERED)


@pytest.mark.parametrize("status", [None, 100, 301, 400, 404, 429, 500, 503])
def test_all_else_is_tried_again_until_the_last_attempt(status: int | None) -> None:
    assert verdict(status, made=1, chance=0) == Verdict(DeliveryState.PENDING, timedelta(seconds=5))
    assert verdict(status, made=ATTEMPTS - 1, chance=0).state is DeliveryState.PENDING
    assert verdict(status, made=ATTEMPTS, chance=0) == Verdict(DeliveryState.FAILED)


def test_who_is_gone_is_not_asked_again() -> None:
    assert verdict(410, made=1, chance=0) == Verdict(DeliveryState.FAILED, gone=True)


def test_to_a_disabled_endpoint_nothing_is_told_again() -> None:
    told = Told(id=WebhookEndpointId(UUID(int=1)), version=1, enabled=False, events=())
    with pytest.raises(IllegalTransition):
        told.redeliver()


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        (0, "EUR", "EUR 0.00"),
        (5, "EUR", "EUR 0.05"),
        (123456789, "USD", "USD 1,234,567.89"),
        (1234, "JPY", "JPY 1,234"),
        (1234, "KWD", "KWD 1.234"),
        (9_007_199_254_740_991, "EUR", "EUR 90,071,992,547,409.91"),
    ],
)
def test_amounts_are_read_with_the_digits_of_their_currency(amount: int, currency: str, said: str) -> None:
    assert readable(amount, currency) == said
