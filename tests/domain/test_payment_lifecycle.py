"""The key facts of a payment's lifecycle, by hand: a table cannot judge itself."""

import pytest

from domain.ordering.payment_lifecycle import DEAD, PAYMENT_LIFECYCLE, UNDER_WAY, WRITTEN, PaymentStatus, Step
from domain.shared.errors import IllegalTransition

NEXT = PAYMENT_LIFECYCLE.table


def test_it_begins_with_an_authorisation_that_nobody_has_heard_of_yet() -> None:
    assert PAYMENT_LIFECYCLE.initial == "authorizing"
    assert set(PAYMENT_LIFECYCLE.states) == set(PaymentStatus)


def test_what_holds_no_money_ends() -> None:
    assert PAYMENT_LIFECYCLE.final == {"declined", "voided", "refunded"}
    assert {"declined", "voided"} == DEAD


@pytest.mark.parametrize(
    ("status", "step", "after"),
    [
        ("authorizing", Step.SUCCEED, "authorized"),
        ("authorizing", Step.DECLINE, "declined"),
        ("authorized", Step.CAPTURE, "capturing"),
        ("capturing", Step.SUCCEED, "captured"),
        ("capturing", Step.DECLINE, "authorized"),
        ("authorized", Step.VOID, "voiding"),
        ("voiding", Step.SUCCEED, "voided"),
        ("captured", Step.REFUND, "refunding"),
        ("refunding", Step.SUCCEED, "captured"),
        ("refunding", Step.COMPLETE, "refunded"),
    ],
)
def test_the_way_of_money(status: str, step: Step, after: str) -> None:
    assert PAYMENT_LIFECYCLE.step(PaymentStatus(status), step) == after


def test_what_gives_money_back_is_never_given_up() -> None:
    assert NEXT[PaymentStatus.VOIDING, Step.DECLINE] == "voiding"
    assert NEXT[PaymentStatus.REFUNDING, Step.DECLINE] == "refunding"


@pytest.mark.parametrize("status", sorted(UNDER_WAY - {PaymentStatus.UNKNOWN}))
def test_what_is_under_way_can_be_lost_and_is_found_again_by_asking_about_the_same(status: PaymentStatus) -> None:
    assert NEXT[status, Step.LOSE] == "unknown"
    assert status in {NEXT[PaymentStatus.UNKNOWN, verb] for verb in PAYMENT_LIFECYCLE.allowed(PaymentStatus.UNKNOWN)}


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("captured", Step.CAPTURE),
        ("captured", Step.VOID),
        ("authorized", Step.REFUND),
        ("authorized", Step.AUTHORIZE),
        ("voided", Step.CAPTURE),
        ("refunded", Step.REFUND),
        ("declined", Step.CAPTURE),
        ("unknown", Step.SUCCEED),
        ("unknown", Step.DECLINE),
    ],
)
def test_what_never_happens(status: str, step: Step) -> None:
    """Above all: nothing is captured twice, and of what is unknown nobody says how it ended without asking."""
    with pytest.raises(IllegalTransition):
        PAYMENT_LIFECYCLE.step(PaymentStatus(status), step)


def test_what_came_in_vain_is_given_back_in_the_same_breath() -> None:
    assert WRITTEN - PAYMENT_LIFECYCLE.edges == {("authorizing", "voiding"), ("capturing", "refunding")}
