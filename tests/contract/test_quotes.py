"""Quotes: what the use case says is what placing does, to the cent and to the word, on every store."""

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import Final

import pytest

from application.ordering.order_view import OrderView
from application.ordering.place_order import PlaceOrder, WantedItem
from application.ordering.quote_order import QuoteOrder
from application.ordering.quote_view import QuotedLine, QuoteView
from application.shared.errors import OrganizationMissing
from domain.catalogue.product import Product
from domain.customers.customer import Customer
from domain.ids import CustomerId, ProductId
from domain.ordering.order import Order
from domain.ordering.quote import ShortItem
from domain.shared.errors import RulesBroken
from domain.shared.money import MAX_AMOUNT, Currency
from domain.stock import InventoryInsufficient, Shortage
from tests.contract.house import ADDRESS, House
from tests.contract.test_changing import archive, change_product
from tests.trials import trials

PRICES: Final = (0, 1, 99, 333, 1000, 12_345, 999_999, MAX_AMOUNT // 3)
STOCKS: Final = (0, 3, 40, 100_000)


@dataclass
class Market:
    """A house with goods of all kinds, and what we know of its stock without asking."""

    house: House
    customers: list[CustomerId]
    products: dict[ProductId, Product]
    available: Counter[ProductId]
    sold: set[ProductId]
    random: Random

    @classmethod
    async def opened(cls, house: House, seed: int) -> "Market":
        random, products, available, sold = Random(seed), {}, Counter[ProductId](), set[ProductId]()
        for n in range(16):
            product = await house.product(stock=(stock := STOCKS[n % 4]), price=PRICES[n % 8])
            if n in (5, 10):
                await house.overwrite("products", {"id": product.id}, currency="USD")
            products[product.id], available[product.id] = product, stock
            if n in (3, 12):
                await archive(house, product.id)
            else:
                sold.add(product.id)
        active, suspended = await house.customer(), await house.customer()
        await house.suspend(suspended)
        unknown = CustomerId(house.backend.new_id())
        return cls(house, [active.id] * 8 + [suspended.id, unknown], products, available, sold, random)

    def wish(self) -> PlaceOrder:
        known = list(self.products)
        chosen = self.random.sample(known, self.random.choice((1, 1, 2, 3, 5)))
        if self.random.random() < 0.1:
            chosen.append(self.random.choice(chosen))
        if self.random.random() < 0.1:
            chosen.append(ProductId(self.house.backend.new_id()))
        if self.random.random() < 0.6:  # else hardly any could be placed
            euros = [p for p in known if p in self.sold and self.available[p] > 50 and p not in known[5:11:5]]
            chosen = self.random.sample(euros, min(len(euros), len(chosen)))
        quantities = (1, 1, 2, 7, 41, 999)
        return PlaceOrder(
            caller=self.house.caller,
            customer_id=self.random.choice(self.customers),
            items=tuple(WantedItem(product, self.random.choice(quantities)) for product in chosen),
            shipping_address=ADDRESS,
        )

    def shortages(self, wish: PlaceOrder) -> set[Shortage]:
        """What is short of this, by our own book."""
        wanted = Counter[ProductId]()
        for item in wish.items:
            wanted[item.product_id] += item.quantity
        return {
            Shortage(product, units, self.available[product])
            for product, units in wanted.items()
            if product in self.sold and units > self.available[product]
        }


async def placed(house: House, wish: PlaceOrder) -> Order | RulesBroken | InventoryInsufficient:
    try:
        return await house.answer(house.placing, wish)
    except (RulesBroken, InventoryInsufficient) as refused:
        return refused


async def outcome(market: Market, wish: PlaceOrder, quote: QuoteView) -> str:
    """Place it, and hold the quote against what comes of it. Returns what that is."""
    rules = [violation for violation in quote.violations if not isinstance(violation, ShortItem)]
    short = [Shortage(v.product_id, v.requested, v.available) for v in quote.violations if isinstance(v, ShortItem)]
    assert Counter(short) == Counter(market.shortages(wish))
    match await placed(market.house, wish):
        case RulesBroken() as refused:
            assert rules == list(refused.violations)
            return "refused by rules, and short" if short else "refused by rules"
        case InventoryInsufficient() as refused:
            assert (rules, short) == ([], list(refused.shortages))
            return "refused for its stock"
        case order:
            assert quote == as_quoted(OrderView.of(order))
            await market.house.cancel(order.id)
            return "placed"


def as_quoted(order: OrderView) -> QuoteView:
    """Return what must have been quoted for this order."""
    same = ("product_id", "sku", "name", "unit_price", "quantity", "line_total")
    lines = [{name: getattr(line, name) for name in same} for line in order.lines]
    return QuoteView(
        lines=tuple(QuotedLine(**line, currency=order.currency) for line in lines),
        total=order.total,
        currency=order.currency,
        violations=(),
    )


async def test_quotes_and_placements_agree(house: House) -> None:
    market, came = await Market.opened(house, seed=19), Counter[str]()
    for n in range(trials(10_000, 120)):
        if n % 40 == 0:
            await house.demand(
                max_items_per_order=market.random.choice((1, 2, 4, 100)),
                minimum_order_value=market.random.choice((0, 0, 1000, 50_000)),
            )
        wish = market.wish()
        came[await outcome(market, wish, await house.quoting(QuoteOrder(wish=wish)))] += 1
    assert min(came.values()) >= 3, came
    assert len(came) == 4, "every kind came about"


async def test_a_quote_writes_nothing(house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=3)
    before = await house.everything()
    for quantity in (1, 4):
        await house.quote(customer, (product, quantity), note="What if?", external_reference="PO-1")
    assert await house.everything() == before


async def test_a_quote_is_of_now(house: House) -> None:
    """What is sold, renamed, dearer or demanded in between shows in the next one."""
    customer, product = await house.customer(), await house.product(stock=5)
    quotes = [await house.quote(customer, (product, 3))]

    async def again() -> None:
        quotes.append(await house.quote(customer, (product, 3)))

    await house.place(customer, (product, 3))
    await again()
    await change_product(house, product.id, unit_price=7, name="Another")
    await again()
    await house.demand(minimum_order_value=0)
    await again()
    assert [quote.total for quote in quotes] == [3000, 3000, 21, 21]
    codes = [[violation.code for violation in quote.violations] for quote in quotes]
    short, cheap = "inventory-insufficient", "minimum-order-value"
    assert codes == [[], [short], [cheap, short], [short]]
    assert all(one != other for one, other in pairwise(quotes))


async def test_nobody_quotes_with_anothers_customers_or_products(house: House, other_house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=5)
    quote = await other_house.quote(customer, (product, 1))
    assert [violation.code for violation in quote.violations] == ["customer-not-found", "product-not-found"]
    assert (quote.lines, quote.total, quote.currency) == ((), None, None)


async def test_a_quote_says_the_currency_of_each_line(house: House) -> None:
    customer, euros, dollars = await house.customer(), await house.product(stock=5), await house.product(stock=5)
    await house.overwrite("products", {"id": dollars.id}, currency="USD")
    quote = await house.quote(customer, (euros, 1), (dollars, 1))
    assert [line.currency for line in quote.lines] == [Currency("EUR"), Currency("USD")]
    assert (quote.total, quote.currency) == (None, None)


async def test_a_line_beyond_what_an_amount_can_say_has_no_total(house: House) -> None:
    quote = await house.quote(await house.customer(), (await house.product(stock=5, price=MAX_AMOUNT), 2))
    [line] = quote.lines
    assert (line.unit_price, line.line_total, quote.total, quote.currency) == (MAX_AMOUNT, None, None, "EUR")
    assert [violation.code for violation in quote.violations] == ["amount-out-of-range"]


async def test_an_organization_that_is_gone_has_no_quotes(house: House) -> None:
    customer: Customer = await house.customer()
    gone = replace(house, caller=replace(house.caller, organization=house.backend.new_id()))
    with pytest.raises(OrganizationMissing):
        await gone.quote(customer, (await house.product(), 1))
