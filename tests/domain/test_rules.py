"""What an order must satisfy to be placed, at each rule's very edge; and the numbers that people read out to us."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ordering.basket import Basket
from domain.ordering.draft import Draft
from domain.ordering.facts import Buyer
from domain.ordering.number import BITS, order_number
from domain.ordering.policy import Policy
from domain.shared.errors import Kind, RulesBroken
from domain.shared.money import MAX_AMOUNT
from domain.stock import MAX_STOCK, InventoryInsufficient, Shortage
from tests.domain.examples import BUYER, NOW, basket, draft, offer, product
from tests.strategies import Broken, broken_placements, placements
from tests.trials import trials

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FREE = Policy(minimum_order_value=0)


def broken(there: Basket, wanted: Draft) -> list[tuple[str, str]]:
    """Return `(pointer, code)` of every violation that placing reports, none when it places."""
    try:
        there.place(wanted, at=NOW)
    except RulesBroken as refusal:
        return [(violation.pointer, violation.code) for violation in refusal.violations]
    return []


def ones(count: int) -> Draft:
    return draft(*((n, 1) for n in range(count)))


def offers(count: int, **words: object) -> Basket:
    return basket(*(offer(n) for n in range(count)), **words)  # type: ignore[arg-type]


# The customer


def test_an_active_customer_may_buy() -> None:
    assert broken(offers(1), ones(1)) == []


def test_a_suspended_customer_may_not_buy() -> None:
    suspended = Buyer(id=BUYER.id, suspended=True)
    assert broken(offers(1, buyer=suspended), ones(1)) == [("/customerId", "customer-suspended")]


def test_a_customer_who_does_not_exist_may_not_buy() -> None:
    assert broken(offers(1, buyer=None), ones(1)) == [("/customerId", "customer-not-found")]


# How many items


def test_ten_items_make_an_order() -> None:
    assert broken(offers(10), ones(10)) == []


def test_eleven_items_are_too_many() -> None:
    assert broken(offers(11), ones(11)) == [("/items", "max-items-exceeded")]


@pytest.mark.parametrize("most", [1, 3, 25])
def test_the_policy_says_how_many_items_are_too_many(most: int) -> None:
    policy = Policy(max_items_per_order=most)
    assert broken(offers(most, policy=policy), ones(most)) == []
    assert broken(offers(most + 1, policy=policy), ones(most + 1)) == [("/items", "max-items-exceeded")]


def test_the_items_are_counted_and_not_the_units() -> None:
    assert broken(basket(offer(1, available=999)), draft((1, 999))) == []


# What it is worth


def test_an_order_of_1000_minor_units_is_worth_placing() -> None:
    assert broken(basket(offer(1, 1000)), draft((1, 1))) == []


def test_an_order_of_999_minor_units_is_worth_too_little() -> None:
    assert broken(basket(offer(1, 999)), draft((1, 1))) == [("/items", "minimum-order-value")]


def test_the_minimum_is_for_the_whole_order_with_its_quantities() -> None:
    there = basket(offer(1, 250), offer(2, 499))
    assert broken(there, draft((1, 2), (2, 1))) == [("/items", "minimum-order-value")]
    assert broken(there, draft((1, 3), (2, 1))) == []
    assert broken(there, draft((2, 2))) == [("/items", "minimum-order-value")]


@pytest.mark.parametrize("least", [1, 999, 5000])
def test_the_policy_says_what_is_too_little(least: int) -> None:
    policy = Policy(minimum_order_value=least)
    assert broken(basket(offer(1, least), policy=policy), draft((1, 1))) == []
    assert broken(basket(offer(1, least - 1), policy=policy), draft((1, 1))) == [("/items", "minimum-order-value")]


def test_where_the_policy_asks_for_nothing_a_gift_is_an_order() -> None:
    assert broken(basket(offer(1, 0), policy=FREE), draft((1, 1))) == []


def test_an_order_may_be_worth_as_much_as_an_amount_can_say() -> None:
    there = basket(offer(1, MAX_AMOUNT - 2), offer(2, 1))
    assert broken(there, draft((1, 1), (2, 2))) == []
    assert broken(there, draft((1, 1), (2, 3))) == [("/items", "amount-out-of-range")]


def test_one_line_alone_can_be_worth_more_than_an_amount_can_say() -> None:
    assert broken(basket(offer(1, MAX_AMOUNT)), draft((1, 2))) == [("/items", "amount-out-of-range")]


def test_nothing_is_said_about_the_value_when_a_product_is_unknown() -> None:
    assert broken(basket(offer(1, 1)), draft((1, 1), (2, 1))) == [("/items/1/productId", "product-not-found")]
    assert broken(basket(offer(1, MAX_AMOUNT)), draft((1, 2), (2, 1))) == [("/items/1/productId", "product-not-found")]
    assert broken(basket(), draft((1, 1))) == [("/items/0/productId", "product-not-found")]


def test_nothing_is_said_about_the_value_in_two_currencies() -> None:
    there = basket(offer(1, 1), offer(2, 1, "USD"))
    assert broken(there, draft((1, 1), (2, 1))) == [("/items/1/productId", "currency-mismatch")]


def test_the_value_of_archived_and_repeated_products_is_known() -> None:
    archived = basket(offer(1, 1, archived=True))
    assert set(broken(archived, draft((1, 1)))) == {
        ("/items/0/productId", "product-archived"),
        ("/items", "minimum-order-value"),
    }
    assert broken(basket(offer(1, 500)), draft((1, 1), (1, 1))) == [("/items/1/productId", "duplicate-product")]


# Which products


def test_each_product_stands_once_and_every_repetition_is_named() -> None:
    assert broken(offers(3), draft((1, 1), (2, 1), (1, 1), (2, 1), (1, 1))) == [
        ("/items/2/productId", "duplicate-product"),
        ("/items/3/productId", "duplicate-product"),
        ("/items/4/productId", "duplicate-product"),
    ]


def test_every_product_that_does_not_exist_is_named() -> None:
    assert broken(basket(offer(2)), draft((1, 1), (2, 1), (3, 1))) == [
        ("/items/0/productId", "product-not-found"),
        ("/items/2/productId", "product-not-found"),
    ]


def test_every_archived_product_is_named() -> None:
    there = basket(offer(1), offer(2, archived=True), offer(3, archived=True))
    assert broken(there, draft((1, 1), (2, 1), (3, 1))) == [
        ("/items/1/productId", "product-archived"),
        ("/items/2/productId", "product-archived"),
    ]


def test_the_first_product_says_the_currency_and_every_other_is_named() -> None:
    there = basket(
        offer(1, currency="EUR"), offer(2, currency="USD"), offer(3, currency="EUR"), offer(4, currency="JPY")
    )
    assert broken(there, draft((1, 1), (2, 1), (3, 1), (4, 1))) == [
        ("/items/1/productId", "currency-mismatch"),
        ("/items/3/productId", "currency-mismatch"),
    ]
    assert broken(there, draft((2, 1), (1, 1))) == [("/items/1/productId", "currency-mismatch")]


def test_an_order_is_in_any_one_currency() -> None:
    assert broken(basket(offer(1, currency="JPY"), offer(2, currency="JPY")), draft((1, 1), (2, 1))) == []


# All at once


def test_all_broken_rules_come_back_in_one_answer() -> None:
    there = basket(
        offer(1), offer(2, archived=True), offer(3, currency="USD"), buyer=Buyer(id=BUYER.id, suspended=True)
    )
    wanted = draft((1, 1), (2, 1), (3, 1), (1, 1), *((n, 1) for n in range(90, 97)))
    assert Counter(broken(there, wanted)) == Counter(
        [
            ("/customerId", "customer-suspended"),
            ("/items", "max-items-exceeded"),
            ("/items/1/productId", "product-archived"),
            ("/items/2/productId", "currency-mismatch"),
            ("/items/3/productId", "duplicate-product"),
            *((f"/items/{i}/productId", "product-not-found") for i in range(4, 11)),
        ]
    )


def test_one_item_can_break_three_rules() -> None:
    there = basket(offer(1), offer(2, currency="USD", archived=True))
    assert set(broken(there, draft((1, 1), (2, 1), (2, 1)))) == {
        ("/items/1/productId", "product-archived"),
        ("/items/1/productId", "currency-mismatch"),
        ("/items/2/productId", "product-archived"),
        ("/items/2/productId", "currency-mismatch"),
        ("/items/2/productId", "duplicate-product"),
    }


def test_a_broken_rule_is_told_with_a_sentence_a_slug_and_a_kind() -> None:
    with pytest.raises(RulesBroken) as refused:
        basket(offer(1, 999), buyer=None).place(draft((1, 1)), at=NOW)
    assert (refused.value.slug, refused.value.kind) == ("business-rule-violation", Kind.RULE)
    assert all(violation.message.endswith(".") for violation in refused.value.violations)
    assert "1000" in str(refused.value)
    assert "999" in str(refused.value)


@settings(max_examples=trials(5_000, 40), deadline=None)
@given(broken_placements())
def test_exactly_the_rules_that_are_broken_are_reported(placement: Broken) -> None:
    assert Counter(broken(placement.basket, placement.draft)) == placement.violations


@settings(max_examples=trials(1_000, 15), deadline=None)
@given(placements())
def test_what_breaks_no_rule_and_is_in_stock_is_placed(placement: tuple[Basket, Draft]) -> None:
    there, wanted = placement
    order = there.place(wanted, at=NOW)
    assert [(line.product_id, line.quantity) for line in order.lines] == [
        (item.product_id, item.quantity) for item in wanted.items
    ]


# Stock


def test_the_last_unit_can_be_sold() -> None:
    assert broken(basket(offer(1, available=7)), draft((1, 7))) == []


def test_one_unit_more_than_available_is_short() -> None:
    with pytest.raises(InventoryInsufficient) as short:
        basket(offer(1, available=7)).place(draft((1, 8)), at=NOW)
    assert list(short.value.shortages) == [Shortage(product(1), requested=8, available=7)]
    assert (short.value.slug, short.value.kind) == ("inventory-insufficient", Kind.CONFLICT)


def test_a_shortage_refuses_the_whole_order_and_names_every_short_product() -> None:
    there = basket(offer(1, available=0), offer(2, available=5), offer(3, available=2), offer(4, available=MAX_STOCK))
    with pytest.raises(InventoryInsufficient) as short:
        there.place(draft((1, 1), (2, 5), (3, 3), (4, 999)), at=NOW)
    assert list(short.value.shortages) == [
        Shortage(product(1), requested=1, available=0),
        Shortage(product(3), requested=3, available=2),
    ]
    assert str(product(1)) in str(short.value)
    assert str(product(3)) in str(short.value)


def test_stock_is_only_counted_when_all_rules_hold() -> None:
    assert broken(basket(offer(1, 999, available=0)), draft((1, 1))) == [("/items", "minimum-order-value")]
    assert broken(basket(offer(1, available=0), buyer=None), draft((1, 1))) == [("/customerId", "customer-not-found")]


# Order numbers


def read(number: str) -> tuple[int, str]:
    """Decode an order number as its specification says: `(value, check character)`."""
    value = 0
    for character in number[:9].replace("-", ""):
        value = 32 * value + CROCKFORD.index(character)
    return value, number[10]


@given(st.integers(0, 2**40 - 1))
def test_an_order_number_has_two_groups_of_four_and_a_check_character(value: int) -> None:
    number = order_number(value)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z*~$=U]", number)


@given(st.integers(0, 2**40 - 1))
def test_an_order_number_reads_back_as_what_was_written(value: int) -> None:
    decoded, check = read(order_number(value))
    assert decoded == value
    assert check == (CROCKFORD + "*~$=U")[value % 37]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, "0000-0000-0"),
        (1234, "0000-016J-D"),
        (32, "0000-0010-*"),
        (36, "0000-0014-U"),
        (37, "0000-0015-0"),
        (2**40 - 1, "ZZZZ-ZZZZ-F"),
    ],
)
def test_order_numbers_that_everybody_can_check(value: int, number: str) -> None:
    assert order_number(value) == number


@given(st.integers(0, 2**40 - 1), st.integers(0, 7), st.sampled_from(CROCKFORD))
def test_one_misread_character_does_not_fit_the_check(value: int, place: int, wrong: str) -> None:
    number = order_number(value)
    at = place + place // 4
    misread = number[:at] + wrong + number[at + 1 :]
    assert misread == number or order_number(read(misread)[0]) != misread


@given(st.integers(0, 2**40 - 1), st.integers(0, 2**40 - 1))
def test_distinct_values_have_distinct_numbers(one: int, other: int) -> None:
    assert (order_number(one) == order_number(other)) == (one == other)


def test_neighbouring_values_have_distinct_numbers() -> None:
    count = trials(1_000_000, 5_000)
    assert len({order_number(value) for value in range(count)}) == count


@pytest.mark.parametrize("value", [-1, 2**40, 2**64])
def test_a_number_beyond_forty_bits_is_no_order_number(value: int) -> None:
    assert BITS == 40
    with pytest.raises(ValueError, match="40 bits"):
        order_number(value)


def test_a_draft_wants_something() -> None:
    with pytest.raises(ValueError, match="at least one item"):
        replace(draft((1, 1)), items=())


@pytest.mark.parametrize("quantity", [-1, 0, 1000])
def test_an_item_is_1_to_999_units(quantity: int) -> None:
    with pytest.raises(ValueError, match="1 … 999"):
        draft((1, quantity))
