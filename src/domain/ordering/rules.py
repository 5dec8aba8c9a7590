"""What a draft must satisfy to become an order: one small rule each, all of them asked, every violation reported."""

from collections.abc import Callable, Iterator
from typing import Final

from domain.ordering.draft import Draft
from domain.ordering.facts import Facts, Offer
from domain.shared.errors import Violation
from domain.shared.money import AmountOutOfRange, Money, total

Rule = Callable[[Facts, Draft], Iterator[Violation]]


def broken_rules(facts: Facts, draft: Draft) -> Iterator[Violation]:
    """Ask every rule, and yield every violation, in the order of `RULES`."""
    for rule in RULES:
        yield from rule(facts, draft)


def worth(facts: Facts, draft: Draft) -> Money | None:
    """Return what all items are worth, None where that cannot be known: products that do not exist, or more than one
    currency.

    Raises: AmountOutOfRange.
    """
    offers = _offers(facts, draft)
    currencies = {offer.unit_price.currency for offer in offers.values()}
    if len(offers) < len(draft.items) or len(currencies) != 1:
        return None
    amounts = (offers[i].unit_price * item.quantity for i, item in enumerate(draft.items))
    return total(amounts, currencies.pop())


def the_customer_may_buy(facts: Facts, draft: Draft) -> Iterator[Violation]:
    if facts.buyer is None or facts.buyer.erased:
        yield Violation("/customerId", "customer-not-found", f"There is no customer {draft.customer_id}.")
    elif facts.buyer.suspended:
        yield Violation("/customerId", "customer-suspended", "The customer is suspended and cannot order.")


def not_too_many_items(facts: Facts, draft: Draft) -> Iterator[Violation]:
    most = facts.policy.max_items_per_order
    if len(draft.items) > most:
        yield Violation(
            "/items", "max-items-exceeded", f"An order has at most {most} items; this has {len(draft.items)}."
        )


def each_product_once(_facts: Facts, draft: Draft) -> Iterator[Violation]:
    first: dict[object, int] = {}
    for i, item in enumerate(draft.items):
        if first.setdefault(item.product_id, i) != i:
            message = f"The product already stands in item {first[item.product_id]}: add the quantities there."
            yield Violation(_product(i), "duplicate-product", message)


def every_product_is_sold(facts: Facts, draft: Draft) -> Iterator[Violation]:
    for i, item in enumerate(draft.items):
        offer = facts.offers.get(item.product_id)
        if offer is None:
            yield Violation(_product(i), "product-not-found", f"There is no product {item.product_id}.")
        elif offer.archived:
            yield Violation(_product(i), "product-archived", f"{offer.name} is archived and no longer sold.")


def one_currency(facts: Facts, draft: Draft) -> Iterator[Violation]:
    offers = _offers(facts, draft)
    for i, offer in offers.items():
        first = next(iter(offers.values())).unit_price.currency
        if offer.unit_price.currency != first:
            message = f"{offer.name} is sold in {offer.unit_price.currency}; this order is in {first}."
            yield Violation(_product(i), "currency-mismatch", message)


def a_value_within_bounds(facts: Facts, draft: Draft) -> Iterator[Violation]:
    """Silent where the value is unknown."""
    try:
        value = worth(facts, draft)
    except AmountOutOfRange:
        yield Violation("/items", "amount-out-of-range", "The order is worth more than an amount can say.")
        return
    if value is not None and value.amount < (least := facts.policy.minimum_order_value):
        message = f"An order is worth at least {least} {value.currency} (minor units); this is worth {value.amount}."
        yield Violation("/items", "minimum-order-value", message)


RULES: Final[tuple[Rule, ...]] = (
    the_customer_may_buy,
    not_too_many_items,
    each_product_once,
    every_product_is_sold,
    one_currency,
    a_value_within_bounds,
)


def _product(item: int) -> str:
    return f"/items/{item}/productId"


def _offers(facts: Facts, draft: Draft) -> dict[int, Offer]:
    """Return the offers that exist, by the place of their item."""
    return {i: facts.offers[item.product_id] for i, item in enumerate(draft.items) if item.product_id in facts.offers}
