"""A quote: the very decision of placing, all of it at once."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ordering.basket import Basket
from domain.ordering.draft import Draft
from domain.ordering.facts import Buyer
from domain.ordering.quote import Quote, ShortItem
from domain.shared.errors import RulesBroken
from domain.shared.money import MAX_AMOUNT, Money
from domain.stock import InventoryInsufficient, Shortage
from tests.domain.examples import BUYER, EUR, NOW, basket, draft, offer, product
from tests.strategies import Broken, broken_placements, placements
from tests.trials import trials


def told(quote: Quote) -> list[tuple[str, str]]:
    return [(violation.pointer, violation.code) for violation in quote.violations]


def test_it_says_what_placing_would_come_to() -> None:
    there, wanted = basket(offer(1, 1000), offer(2, 500)), draft((1, 2), (2, 3))
    quote = there.quote(wanted)
    assert quote.total == Money(3500, EUR)
    assert quote.lines == there.place(wanted, at=NOW).lines
    assert told(quote) == []
    assert quote.check() is None  # type: ignore[func-returns-value]


def test_what_placing_says_in_two_steps_it_says_in_one() -> None:
    suspended = Buyer(id=BUYER.id, suspended=True)
    there, wanted = basket(offer(1, 1000, available=1), buyer=suspended), draft((1, 2))
    with pytest.raises(RulesBroken) as refused:
        there.place(wanted, at=NOW)
    assert [violation.code for violation in refused.value.violations] == ["customer-suspended"]
    assert told(there.quote(wanted)) == [
        ("/customerId", "customer-suspended"),
        ("/items/0/quantity", "inventory-insufficient"),
    ]


def test_what_is_short_says_how_much_there_is() -> None:
    [short] = basket(offer(1, 1000, available=3)).quote(draft((1, 5))).short
    assert (short.product_id, short.requested, short.available) == (product(1), 5, 3)
    assert short.message == "5 of Product 1 asked for, 3 available."


def test_units_of_a_product_in_two_items_are_wanted_together() -> None:
    quote = basket(offer(1, 1000, available=5), offer(2, available=0)).quote(draft((1, 3), (2, 1), (1, 3)))
    assert told(quote) == [
        ("/items/2/productId", "duplicate-product"),
        ("/items/0/quantity", "inventory-insufficient"),
        ("/items/1/quantity", "inventory-insufficient"),
    ]
    assert [short.requested for short in quote.short] == [6, 1]


def test_of_what_is_not_for_sale_nothing_can_be_short() -> None:
    quote = basket(offer(1, 1000, archived=True, available=0)).quote(draft((1, 1), (2, 1)))
    assert told(quote) == [("/items/0/productId", "product-archived"), ("/items/1/productId", "product-not-found")]


def test_lines_are_those_of_products_that_exist() -> None:
    quote = basket(offer(1, 1000), offer(3, 7, archived=True)).quote(draft((1, 2), (2, 1), (3, 1)))
    assert [(line.product_id, line.quantity) for line in quote.lines] == [(product(1), 2), (product(3), 1)]
    assert (quote.total, quote.currency) == (None, EUR)


def test_what_cannot_be_known_is_none() -> None:
    nothing = basket().quote(draft((1, 1)))
    assert (nothing.lines, nothing.total, nothing.currency) == ((), None, None)
    mixed = basket(offer(1), offer(2, currency="USD")).quote(draft((1, 1), (2, 1)))
    assert (len(mixed.lines), mixed.total, mixed.currency) == (2, None, None)
    beyond = basket(offer(1, MAX_AMOUNT)).quote(draft((1, 2)))
    assert (len(beyond.lines), beyond.total, beyond.currency) == (1, None, EUR)


@settings(max_examples=trials(2000))
@given(placements(), st.data())
def test_a_good_draft_is_quoted_at_what_it_is_placed_for(placement: tuple[Basket, Draft], data: st.DataObject) -> None:
    there, wanted = placement
    quote = there.quote(wanted)
    order = there.place(wanted, at=NOW)
    assert (quote.lines, quote.total, quote.currency, told(quote)) == (order.lines, order.total, order.currency, [])

    scarce = data.draw(st.sampled_from(wanted.items))
    left = data.draw(st.integers(0, scarce.quantity - 1))
    offers = {**there.offers, scarce.product_id: replace(there.offers[scarce.product_id], available=left)}
    short = replace(there, offers=offers).quote(wanted)
    assert (short.lines, short.total) == (order.lines, order.total)
    assert short.broken == ()
    with pytest.raises(InventoryInsufficient) as refused:
        replace(there, offers=offers).place(wanted, at=NOW)
    assert refused.value.shortages == [Shortage(scarce.product_id, scarce.quantity, left)]
    [told_short] = short.violations
    assert isinstance(told_short, ShortItem)
    assert (told_short.requested, told_short.available) == (scarce.quantity, left)


@settings(max_examples=trials(2000))
@given(broken_placements())
def test_a_bad_draft_is_quoted_with_all_that_placing_says(broken: Broken) -> None:
    quote = broken.basket.quote(broken.draft)
    with pytest.raises(RulesBroken) as refused:
        broken.basket.place(broken.draft, at=NOW)
    assert quote.broken == refused.value.violations
    assert quote.violations == (*quote.broken, *quote.short)
    assert {short.product_id for short in quote.short} == {
        offer.id
        for offer in broken.basket.offers.values()
        if not offer.archived
        and offer.available < sum(i.quantity for i in broken.draft.items if i.product_id == offer.id)
    }
