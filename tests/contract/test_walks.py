"""A walk through all pages while others write: whoever was there throughout is met exactly once, in every sort."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

import pytest

from application.ordering.change_order import ChangeOrder, ChangeOrderHandler
from application.ordering.ports import DEAREST, OrderFilters
from application.shared.pages import NEWEST, Direction, PageRequest, Sort
from domain.catalogue.product import Product
from domain.customers.customer import Customer
from domain.ids import OrderId
from domain.ordering.errors import PaymentInProgress
from domain.ordering.lifecycle import State
from domain.shared.errors import IllegalTransition
from tests.contract.house import House
from tests.trials import trials

ORDERS: Final = trials(5_000, 40)
ORDERS_BEHIND_A_POOLER: Final = trials(200, 40)
"""Its statements are the same: there, what matters is that two connections walk and write at all."""
WRITERS: Final = trials(8, 3)
LIMIT: Final = trials(100, 9)

SORTS: Final = {
    "newest": NEWEST,
    "oldest": replace(NEWEST, descending=False),
    "dearest": DEAREST,
    "cheapest": replace(DEAREST, descending=False),
}


@dataclass
class Shop:
    """A house that sells three things, so that many orders are worth the same, or were made in the same instant."""

    house: House
    customer: Customer
    products: list[Product]
    orders: int
    ids: list[OrderId] = field(default_factory=list)
    writers: list[asyncio.Task[None]] = field(default_factory=list)
    busy: bool = False
    wrote: asyncio.Event = field(default_factory=asyncio.Event)
    written: int = 0

    async def place(self, chance: random.Random) -> None:
        if chance.random() < 0.5:
            self.house.backend.clock.advance(seconds=chance.choice([0, 0, 1]))
        order = await self.house.place(self.customer, (chance.choice(self.products), chance.randint(1, 4)))
        self.ids.append(order.id)

    async def note(self, chance: random.Random) -> None:
        command = ChangeOrder(
            caller=self.house.caller, order_id=chance.choice(self.ids), change={"note": str(chance.random())}
        )
        await self.house.answer(ChangeOrderHandler(self.house.backend.begin), command)

    async def write(self, chance: random.Random) -> None:
        """Place, change and move orders until somebody says that it is enough."""
        ways: list[Callable[[], Awaitable[Any]]] = [
            lambda: self.place(chance),
            lambda: self.note(chance),
            lambda: self.house.confirm(chance.choice(self.ids)),
            lambda: self.house.cancel(chance.choice(self.ids)),
            lambda: self.house.ship(chance.choice(self.ids)),
        ]
        while self.busy:
            with suppress(IllegalTransition, PaymentInProgress):
                await chance.choices(ways, [1, 4, 2, 1, 1])[0]()
                self.written += 1
                self.wrote.set()
            await asyncio.sleep(0)

    def open(self) -> None:
        self.busy = True
        chances = [random.Random(n) for n in range(WRITERS)]
        self.writers = [asyncio.create_task(self.write(chance)) for chance in chances]

    async def close(self) -> None:
        self.busy = False
        await asyncio.gather(*self.writers)

    async def more_is_written(self) -> None:
        """While the shop is open, return when something more is written."""
        self.wrote.clear()
        if self.busy:
            await asyncio.wait_for(self.wrote.wait(), 10)

    async def walk(self, sort: Sort, direction: Direction, filters: OrderFilters) -> list[Any]:
        """Return every order that is met, in the order of the collection."""
        forward, pages, position = direction is Direction.FORWARD, [], None
        while True:
            request = PageRequest(sort=sort, limit=LIMIT, direction=direction, position=position)
            page = await self.house.backend.orders.page(self.house.caller.organization, filters, request)
            pages.append(page.items)
            if not (page.has_next if forward else page.has_previous):
                in_order = pages if forward else pages[::-1]
                return [order for items in in_order for order in items]
            position = page.end if forward else page.start
            await self.more_is_written()


@pytest.fixture
async def shop(house: House, _kind: str) -> Shop:
    products = [await house.product(stock=1_000_000, price=price) for price in (1000, 2000, 3000)]
    shop = Shop(house, await house.customer(), products, ORDERS_BEHIND_A_POOLER if _kind == "pooled" else ORDERS)
    chance = random.Random(7)
    for _ in range(shop.orders):
        await shop.place(chance)
    return shop


async def test_who_was_there_throughout_is_met_exactly_once(shop: Shop) -> None:
    every = frozenset(State)
    for name, sort in SORTS.items():
        for direction in Direction:
            for filters in (OrderFilters(), OrderFilters(statuses=every), OrderFilters(customer_id=shop.customer.id)):
                before = set(shop.ids)
                shop.open()
                met = await shop.walk(sort, direction, filters)
                await shop.close()
                times = Counter(order.id for order in met)
                assert {times[order] for order in before} == {1}, (name, direction, filters)
                assert set(times.values()) == {1}, "nor is anything new met twice"
                places = [(getattr(order, sort.by), order.id) for order in met]
                assert places == sorted(places, reverse=sort.descending)
    assert shop.written > 24 * (shop.orders // LIMIT), "and others wrote between any two pages"
    assert len({order.total for order in met}) < 13, "and many were worth the same"


async def test_a_walk_and_its_way_back_meet_the_same(shop: Shop) -> None:
    for sort in SORTS.values():
        there = await shop.walk(sort, Direction.FORWARD, OrderFilters())
        back = await shop.walk(sort, Direction.BACKWARD, OrderFilters())
        assert there == back
        assert len(there) == shop.orders


def _ids(orders: list[Any]) -> list[UUID]:
    return [order.id for order in orders]


async def test_filters_narrow_a_walk_and_change_nothing_else(shop: Shop) -> None:
    """Every filter and some together, in every sort: what is met is what a reader of everything would pick."""
    whole = await shop.walk(NEWEST, Direction.FORWARD, OrderFilters())
    middle, one = whole[shop.orders // 2], whole[3]
    wanted: list[tuple[OrderFilters, Callable[[Any], bool]]] = [
        (OrderFilters(product_id=shop.products[0].id), lambda o: o.lines[0].product_id == shop.products[0].id),
        (OrderFilters(created_from=middle.created_at), lambda o: o.created_at >= middle.created_at),
        (OrderFilters(created_to=middle.created_at), lambda o: o.created_at < middle.created_at),
        (OrderFilters(total_from=2000, total_to=6000), lambda o: 2000 <= o.total < 6000),
        (OrderFilters(number=one.number), lambda o: o.id == one.id),
        (OrderFilters(external_reference="none"), lambda _: False),
        (
            OrderFilters(
                statuses=frozenset({State.PENDING, State.SHIPPED}),
                product_id=shop.products[1].id,
                created_from=middle.created_at,
                total_from=4000,
            ),
            lambda o: (
                o.lines[0].product_id == shop.products[1].id and o.created_at >= middle.created_at and o.total >= 4000
            ),
        ),
    ]
    for sort in SORTS.values():
        place = {order.id: (getattr(order, sort.by), order.id) for order in whole}
        for filters, picks in wanted:
            picked = sorted(_ids([o for o in whole if picks(o)]), key=place.__getitem__, reverse=sort.descending)
            for direction in Direction:
                assert _ids(await shop.walk(sort, direction, filters)) == picked, (sort, direction, filters)
