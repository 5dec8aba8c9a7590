"""Money: whole minor units, one currency, and no cent ever lost."""

import itertools
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.money import CURRENCIES, MAX_AMOUNT, AmountOutOfRange, Currency, Money, total
from tests.strategies import amounts, money

EUR, USD = Currency("EUR"), Currency("USD")
a_third = money("EUR", MAX_AMOUNT // 3)
weights = st.lists(st.integers(0, 2**40), min_size=1, max_size=8).filter(any)


def euros(amount: int) -> Money:
    return Money(amount, EUR)


@given(a_third, a_third, a_third)
def test_the_order_of_adding_does_not_matter(a: Money, b: Money, c: Money) -> None:
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert (a + b).amount == a.amount + b.amount


@given(a_third, a_third)
def test_what_is_added_can_be_taken_away_again(a: Money, b: Money) -> None:
    assert (a + b) - b == a
    assert a + euros(0) == a


@given(money("EUR", MAX_AMOUNT // 100), st.integers(0, 100))
def test_a_multiple_is_the_sum_of_as_many(price: Money, quantity: int) -> None:
    assert price * quantity == total([price] * quantity, EUR)


@given(a_third, a_third)
def test_amounts_of_one_currency_are_ordered_as_their_numbers_are(a: Money, b: Money) -> None:
    assert (a < b) == (a.amount < b.amount)
    assert (a <= b) == (a.amount <= b.amount)
    assert (a > b) == (a.amount > b.amount)
    assert (a >= b) == (a.amount >= b.amount)


def test_equal_amounts_are_neither_less_nor_more() -> None:
    assert euros(7) <= euros(7)
    assert euros(7) >= euros(7)
    assert not euros(7) < euros(7)
    assert not euros(7) > euros(7)


def test_an_amount_lies_between_zero_and_what_json_keeps_exact() -> None:
    assert euros(0).amount == 0
    assert euros(2**53 - 1).amount == 9_007_199_254_740_991
    assert MAX_AMOUNT == 2**53 - 1


@pytest.mark.parametrize("amount", [-1, 2**53, -(2**63), 10**30])
def test_an_amount_below_zero_or_beyond_json_is_refused(amount: int) -> None:
    with pytest.raises(AmountOutOfRange):
        Money(amount, EUR)


def test_no_arithmetic_leaves_the_range() -> None:
    with pytest.raises(AmountOutOfRange):
        euros(MAX_AMOUNT) + euros(1)
    with pytest.raises(AmountOutOfRange):
        euros(1) - euros(2)
    with pytest.raises(AmountOutOfRange):
        euros(MAX_AMOUNT) * 2
    with pytest.raises(AmountOutOfRange):
        euros(1) * -1
    with pytest.raises(AmountOutOfRange):
        total([euros(MAX_AMOUNT), euros(1)], EUR)


@pytest.mark.parametrize("amount", [1.0, 1.5, float("nan"), float("inf"), Decimal(1), Fraction(1), True, "1", None])
def test_only_a_whole_number_is_an_amount(amount: object) -> None:
    with pytest.raises(TypeError, match="minor units"):
        Money(amount, EUR)  # type: ignore[arg-type]


def test_a_fraction_of_money_does_not_come_from_multiplying() -> None:
    with pytest.raises(TypeError, match="minor units"):
        euros(10) * 0.5  # type: ignore[operator]


@pytest.mark.parametrize("code", ["", "eur", "EURO", "XXX", "XTS", "XAU", "HRK", "E", "€"])
def test_a_currency_that_nobody_pays_with_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, Currency(code))


@pytest.mark.parametrize("code", ["EUR", "USD", "JPY", "KWD", "GBP", "CHF", "CLP", "INR"])
def test_the_currencies_of_the_world_are_known(code: str) -> None:
    assert Money(1, Currency(code)).currency == code


def test_a_currency_is_three_capitals() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isalpha() and code.isupper() for code in CURRENCIES)


def test_currencies_do_not_mix() -> None:
    one, other = Money(1, EUR), Money(1, USD)
    for mix in (
        lambda: one + other,
        lambda: one - other,
        lambda: one < other,
        lambda: one <= other,
        lambda: one > other,
        lambda: one >= other,
        lambda: total([one, other], EUR),
        lambda: total([other], EUR),
    ):
        with pytest.raises(ValueError, match="no exchange rate"):
            mix()
    assert one != other


@given(st.lists(money("EUR", MAX_AMOUNT // 10), max_size=10))
def test_a_total_is_the_sum_and_zero_for_nothing(parts: list[Money]) -> None:
    assert total(parts, EUR) == euros(sum(part.amount for part in parts))


@given(money(), weights)
def test_a_split_loses_no_cent_and_keeps_the_currency(whole: Money, shares_by: list[int]) -> None:
    shares = whole.split(shares_by)
    assert len(shares) == len(shares_by)
    assert total(shares, whole.currency) == whole


@given(money("EUR"), weights)
def test_a_share_differs_from_the_exact_one_by_less_than_a_unit(whole: Money, shares_by: list[int]) -> None:
    for share, weight in zip(whole.split(shares_by), shares_by, strict=True):
        assert abs(share.amount - Fraction(whole.amount * weight, sum(shares_by))) < 1


@given(money("EUR"), weights)
def test_who_weighs_more_never_gets_less(whole: Money, shares_by: list[int]) -> None:
    shares = zip(whole.split(shares_by), shares_by, strict=True)
    for (share, weight), (other, lighter) in itertools.permutations(shares, 2):
        assert weight <= lighter or share >= other


@given(money("EUR"), st.integers(1, 20), st.integers(1, 2**40))
def test_equals_get_the_same_but_for_one_unit_that_comes_first(whole: Money, people: int, weight: int) -> None:
    shares = [share.amount for share in whole.split([weight] * people)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] - shares[-1] <= 1


@given(money("EUR"), weights)
def test_who_weighs_nothing_gets_nothing(whole: Money, shares_by: list[int]) -> None:
    for share, weight in zip(whole.split(shares_by), shares_by, strict=True):
        assert weight > 0 or share == euros(0)


@given(amounts(10_000), st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any))
def test_the_units_left_over_go_to_the_largest_remainders(amount: int, shares_by: list[int]) -> None:
    exact = [Fraction(amount * weight, sum(shares_by)) for weight in shares_by]
    expected = [int(share) for share in exact]
    missing = amount - sum(expected)
    waiting = [(share - int(share), -place) for place, share in enumerate(exact)]
    for _, place in sorted(waiting, reverse=True)[:missing]:
        expected[-place] += 1
    assert [share.amount for share in euros(amount).split(shares_by)] == expected


@pytest.mark.parametrize(
    ("amount", "shares_by", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (10, [1, 2], [3, 7]),
        (10, [2, 1], [7, 3]),
        (1, [0, 1, 1], [0, 1, 0]),
        (2, [5, 5, 90], [0, 0, 2]),
        (0, [1, 2], [0, 0]),
        (MAX_AMOUNT, [1], [MAX_AMOUNT]),
    ],
)
def test_shares_that_everybody_can_check(amount: int, shares_by: list[int], shares: list[int]) -> None:
    assert [share.amount for share in euros(amount).split(shares_by)] == shares


@pytest.mark.parametrize("shares_by", [[], [0], [0, 0], [-1], [3, -1], [-1, 1]])
def test_a_split_needs_somebody_to_get_it(shares_by: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        euros(10).split(shares_by)
