"""Fifty units, two hundred buyers at once: never oversold, and never refused while there is enough."""

import asyncio
import random

import asyncpg
import pytest

from domain.ids import ProductId
from domain.ordering.order import Order
from domain.stock import InventoryInsufficient
from tests.adapters.postgres.shop import STOCK_DOES_NOT_ADD_UP, Shop, counters, shuffled
from tests.trials import trials

BUYERS, STOCK = 200, 50
EACH = (3, 1)
"""How many units everybody wants, in turns: in threes two units stay, one by one none does."""


class Sale:
    """One round: a scarce product that everybody wants, among others of which there is plenty."""

    def __init__(self, shop: Shop, scarce: ProductId, plenty: list[ProductId], number: int = 0) -> None:
        self.shop = shop
        self.scarce = scarce
        self.plenty = plenty
        self.each = EACH[number % len(EACH)]
        self.fit = STOCK // self.each
        self.refusals: list[int] = []

    async def buy(self) -> Order | None:
        """Return the order, None where too little was left. Nothing else may come back."""
        others = [(product, random.randint(1, 9)) for product in random.sample(self.plenty, random.randint(0, 4))]
        try:
            return await self.shop.place(*shuffled([(self.scarce, self.each), *others]), answering=True)
        except InventoryInsufficient as short:
            (shortage,) = short.shortages
            assert shortage.product_id == self.scarce
            self.refusals.append(shortage.available)
            return None

    async def buy_and_perhaps_regret(self) -> Order | None:
        order = await self.buy()
        if order is not None and random.random() < 0.4:
            await self.shop.cancel(order, answering=True)
            return None
        return order


async def held(sale: Sale, behind: asyncpg.Connection) -> int:
    """How many orders hold the scarce product, by the orders themselves."""
    count = """
        SELECT count(*) FROM orders o JOIN order_lines l ON (l.organization_id, l.order_id) = (o.organization_id, o.id)
        WHERE o.status = 'pending' AND l.product_id = $1
    """
    number: int = await behind.fetchval(count, sale.scarce)
    return number


@pytest.fixture
async def plenty(shop: Shop) -> list[ProductId]:
    return await shop.products(*[100_000] * 5)


async def test_as_many_orders_succeed_as_fit(shop: Shop, plenty: list[ProductId], behind: asyncpg.Connection) -> None:
    for number in range(trials(50, 2)):
        sale = Sale(shop, *await shop.products(STOCK), plenty, number)
        bought = [order for order in await asyncio.gather(*(sale.buy() for _ in range(BUYERS))) if order]
        assert len(bought) == sale.fit
        assert max(sale.refusals) < sale.each, "refused while there was enough"
        assert await counters(behind, sale.scarce) == (STOCK, sale.fit * sale.each)
        assert await held(sale, behind) == sale.fit
    assert await behind.fetch(STOCK_DOES_NOT_ADD_UP, shop.organization) == []


async def test_what_is_cancelled_in_between_is_sold_again(
    shop: Shop, plenty: list[ProductId], behind: asyncpg.Connection
) -> None:
    """Some regret at once. Whoever came away empty tries again when all are done, and then nothing is left over."""
    for number in range(trials(50, 3)):
        sale = Sale(shop, *await shop.products(STOCK), plenty, number)
        bought = [o for o in await asyncio.gather(*(sale.buy_and_perhaps_regret() for _ in range(BUYERS))) if o]
        assert len(bought) <= sale.fit
        assert await counters(behind, sale.scarce) == (STOCK, len(bought) * sale.each)

        late = [o for o in await asyncio.gather(*(sale.buy() for _ in range(BUYERS - len(bought)))) if o]
        assert len(bought) + len(late) == sale.fit
        assert max(sale.refusals) < sale.each, "refused while there was enough"
        assert await counters(behind, sale.scarce) == (STOCK, sale.fit * sale.each)
        assert await held(sale, behind) == sale.fit
    assert await behind.fetch(STOCK_DOES_NOT_ADD_UP, shop.organization) == []


async def test_what_is_cancelled_returns_to_the_shelf_to_the_last_unit(
    shop: Shop, plenty: list[ProductId], behind: asyncpg.Connection
) -> None:
    sale = Sale(shop, *await shop.products(STOCK), plenty)
    bought = [order for order in await asyncio.gather(*(sale.buy() for _ in range(BUYERS // 2))) if order]
    await asyncio.gather(*(shop.cancel(order, answering=True) for order in bought))
    assert await counters(behind, sale.scarce) == (STOCK, 0)
    assert await behind.fetch(STOCK_DOES_NOT_ADD_UP, shop.organization) == []
