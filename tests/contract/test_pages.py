"""Pages, newest first: of every collection, in both directions, of every size, with ties."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from application.catalogue.ports import ProductFilters
from application.ordering.ports import OrderFilters
from application.shared.pages import Direction, Page, PageRequest
from domain.ids import CustomerId
from domain.ordering.lifecycle import State
from tests.contract.house import House

FORWARD, BACKWARD = Direction.FORWARD, Direction.BACKWARD
COUNT = 7


@dataclass(frozen=True)
class Collection:
    """How to put one more thing into a collection, and how to ask for its pages."""

    add: Callable[[House], Awaitable[Any]]
    page: Callable[[House, PageRequest], Awaitable[Page[Any]]]


async def an_order(house: House) -> Any:
    return await house.place(await house.customer(), (await house.product(stock=1), 1))


COLLECTIONS = {
    "orders": Collection(
        an_order, lambda house, page: house.backend.orders.page(house.caller.organization, OrderFilters(), page)
    ),
    "products": Collection(
        lambda house: house.product(),
        lambda house, page: house.backend.products.page(house.caller.organization, ProductFilters(), page),
    ),
    "customers": Collection(
        lambda house: house.customer(),
        lambda house, page: house.backend.customers.page(house.caller.organization, page),
    ),
}


@dataclass(frozen=True)
class Shelf:
    """A collection of `COUNT` things, three of them made in the same instant; `ids` newest first."""

    house: House
    collection: Collection
    ids: list[Any]

    async def page(self, limit: int, direction: Direction = FORWARD, position: Any = None) -> Page[Any]:
        request = PageRequest(limit=limit, direction=direction, position=position)
        return await self.collection.page(self.house, request)

    def position(self, place: int, page: Page[Any]) -> Any:
        item = page.items[place]
        return item.created_at, item.id


@pytest.fixture(params=list(COLLECTIONS.values()), ids=list(COLLECTIONS))
async def shelf(house: House, request: pytest.FixtureRequest) -> Shelf:
    collection: Collection = request.param
    made = []
    for number in range(COUNT):
        if number not in {3, 4}:
            house.backend.clock.advance(seconds=1)
        made.append(await collection.add(house))
    newest_first = sorted(made, key=lambda one: (one.created_at, one.id), reverse=True)
    assert len({one.created_at for one in made}) == COUNT - 2
    return Shelf(house, collection, [one.id for one in newest_first])


def ids(page: Page[Any]) -> list[Any]:
    return [item.id for item in page.items]


def flags(page: Page[Any]) -> tuple[bool, bool]:
    return page.has_previous, page.has_next


async def test_an_empty_collection(house: House) -> None:
    for collection in COLLECTIONS.values():
        for direction in Direction:
            page = await collection.page(house, PageRequest(direction=direction))
            assert page == Page(items=(), has_next=False, has_previous=False, start=None, end=None)


async def test_the_first_page(shelf: Shelf) -> None:
    page = await shelf.page(3)
    assert ids(page) == shelf.ids[:3]
    assert flags(page) == (False, True)
    assert (page.start, page.end) == (shelf.position(0, page), shelf.position(-1, page))


async def test_the_last_page_is_the_first_one_backward(shelf: Shelf) -> None:
    page = await shelf.page(3, BACKWARD)
    assert ids(page) == shelf.ids[-3:]
    assert flags(page) == (True, False)


async def test_a_page_after_and_a_page_before(shelf: Shelf) -> None:
    first = await shelf.page(3)
    second = await shelf.page(3, FORWARD, first.end)
    assert (ids(second), flags(second)) == (shelf.ids[3:6], (True, True))
    back = await shelf.page(3, BACKWARD, second.start)
    assert (ids(back), flags(back)) == (shelf.ids[:3], (False, True))
    before_the_last = await shelf.page(2, BACKWARD, second.end)
    assert (ids(before_the_last), flags(before_the_last)) == (shelf.ids[3:5], (True, True))


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("limit", [COUNT, COUNT + 1, 100])
async def test_everything_on_one_page(shelf: Shelf, limit: int, direction: Direction) -> None:
    page = await shelf.page(limit, direction)
    assert ids(page) == shelf.ids
    assert flags(page) == (False, False)


@pytest.mark.parametrize("direction", Direction)
async def test_one_is_left_over(shelf: Shelf, direction: Direction) -> None:
    page = await shelf.page(COUNT - 1, direction)
    forward = direction is FORWARD
    assert ids(page) == (shelf.ids[:-1] if forward else shelf.ids[1:])
    assert flags(page) == (not forward, forward)
    rest = await shelf.page(COUNT - 1, direction, page.end if forward else page.start)
    assert ids(rest) == (shelf.ids[-1:] if forward else shelf.ids[:1])
    assert flags(rest) == (forward, not forward)


async def test_beyond_either_end_there_is_nothing_but_the_way_back(shelf: Shelf) -> None:
    everything = await shelf.page(COUNT)
    after = await shelf.page(2, FORWARD, everything.end)
    assert (after.items, flags(after), after.start, after.end) == ((), (True, False), None, None)
    before = await shelf.page(2, BACKWARD, everything.start)
    assert (before.items, flags(before)) == ((), (False, True))


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 8])
@pytest.mark.parametrize("direction", Direction)
async def test_a_walk_meets_everything_once(shelf: Shelf, limit: int, direction: Direction) -> None:
    """Ties of the instant are broken by the id: page borders fall into them, too."""
    forward = direction is FORWARD
    pages = [await shelf.page(limit, direction)]
    while len(pages) <= COUNT and (pages[-1].has_next if forward else pages[-1].has_previous):
        pages.append(await shelf.page(limit, direction, pages[-1].end if forward else pages[-1].start))
    in_order = pages if forward else pages[::-1]
    assert [one for page in in_order for one in ids(page)] == shelf.ids
    assert all(page.has_next for page in in_order[:-1])
    assert all(page.has_previous for page in in_order[1:])
    assert all(len(one.items) == limit for one, _ in pairwise(pages))


async def test_what_is_added_during_a_walk_moves_nothing(shelf: Shelf) -> None:
    first = await shelf.page(3)
    shelf.house.backend.clock.advance(seconds=1)
    newest = await shelf.collection.add(shelf.house)
    assert ids(await shelf.page(100, FORWARD, first.end)) == shelf.ids[3:]
    before = await shelf.page(100, BACKWARD, first.start)
    assert (ids(before), flags(before)) == ([newest.id], (False, True))


async def test_orders_by_status_and_customer(house: House) -> None:
    ann, bob = await house.customer(), await house.customer()
    product = await house.product(stock=99)
    made = []
    for number, customer in enumerate([ann, bob, ann, bob, ann, ann]):
        house.backend.clock.advance(seconds=1)
        order = await house.place(customer, (product, 1))
        for go in (house.confirm, house.ship)[: number % 3]:
            order = await go(order.id)
        made.append(order)

    async def wanted(*statuses: State, customer: CustomerId | None = None, limit: int = 100) -> list[Any]:
        filters = OrderFilters(statuses=frozenset(statuses), customer_id=customer)
        page = await house.backend.orders.page(house.caller.organization, filters, PageRequest(limit=limit))
        return ids(page)

    def these(*numbers: int) -> list[Any]:
        return [made[number].id for number in numbers]

    assert await wanted() == these(5, 4, 3, 2, 1, 0)
    assert await wanted(State.PENDING) == these(3, 0)
    assert await wanted(State.PENDING, State.SHIPPED) == these(5, 3, 2, 0)
    assert await wanted(State.RETURNED) == []
    assert await wanted(customer=ann.id) == these(5, 4, 2, 0)
    assert await wanted(State.CONFIRMED, State.SHIPPED, customer=ann.id) == these(5, 4, 2)
    assert await wanted(State.CONFIRMED, customer=bob.id, limit=1) == these(1)
    assert await wanted(customer=house.backend.new_id()) == []  # type: ignore[arg-type]


async def test_filters_and_positions_together(house: House) -> None:
    ann, bob = await house.customer(), await house.customer()
    product = await house.product(stock=99)
    mine = [(await house.place(one, (product, 1))).id for one in (ann, bob) * 4][::2]
    mine.reverse()
    filters = OrderFilters(statuses=frozenset({State.PENDING}), customer_id=ann.id)

    async def page(direction: Direction, position: Any = None) -> Page[Any]:
        request = PageRequest(limit=3, direction=direction, position=position)
        return await house.backend.orders.page(house.caller.organization, filters, request)

    first = await page(FORWARD)
    assert (ids(first), flags(first)) == (mine[:3], (False, True))
    second = await page(FORWARD, first.end)
    assert (ids(second), flags(second)) == (mine[3:], (True, False))
    last = await page(BACKWARD)
    assert (ids(last), flags(last)) == (mine[1:], (True, False))
