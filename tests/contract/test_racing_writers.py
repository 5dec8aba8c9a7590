"""Many at once: nothing is sold twice, nothing is refused while it is there, and the books balance."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Iterable

import pytest

from application.ordering.deliver_order import DeliverOrder, DeliverOrderHandler
from domain.ordering.order import Order
from domain.stock import InventoryInsufficient
from tests.contract.house import House
from tests.trials import trials


async def outcomes(attempts: Iterable[Awaitable[object]]) -> Counter[str]:
    """Run all at once and count what came of them, by the names of the types."""
    results = await asyncio.gather(*attempts, return_exceptions=True)
    return Counter(type(result).__name__ for result in results)


@pytest.mark.parametrize("trial", range(trials(50, 3)))
async def test_exactly_what_is_there_is_sold(house: House, trial: int) -> None:
    customer, product = await house.customer(), await house.product(stock=50)
    seen = await outcomes(house.place(customer, (product, 3)) for _ in range(20))
    assert seen == {"Order": 16, "InventoryInsufficient": 4}
    assert await house.counters(product.id) == (50, 48)
    assert len(await house.rows("orders")) == 16


@pytest.mark.parametrize("trial", range(trials(50, 3)))
async def test_a_shortage_is_only_said_where_there_is_one(house: House, trial: int) -> None:
    """Orders of several products in any order, with cancellations between them."""
    customer = await house.customer()
    shelf = [await house.product(stock=12) for _ in range(3)]

    async def buy_and_perhaps_change_my_mind(number: int) -> None:
        wanted = random.sample(shelf, k=random.randint(1, 3))
        order = await house.place(customer, *((product, 1) for product in wanted))
        if number % 3 == 0:
            await house.cancel(order.id)

    assert await outcomes(buy_and_perhaps_change_my_mind(number) for number in range(12)) == {"NoneType": 12}


async def test_whoever_asks_for_more_is_told_all_that_is_short(house: House) -> None:
    customer = await house.customer()
    one, two, three = [await house.product(stock=stock) for stock in (1, 2, 3)]
    with pytest.raises(InventoryInsufficient) as refused:
        await house.place(customer, (one, 2), (two, 2), (three, 9))
    assert {(short.product_id, short.requested, short.available) for short in refused.value.shortages} == {
        (one.id, 2, 1),
        (three.id, 9, 3),
    }


@pytest.mark.parametrize("trial", range(trials(200)))
async def test_of_ship_and_cancel_one_wins(house: House, trial: int) -> None:
    house = house.insisting
    order = await an_order(house, 4)
    await house.confirm(order.id)
    attempts = [house.ship(order.id), house.cancel(order.id)]
    random.shuffle(attempts)
    assert await outcomes(attempts) == {"Order": 1, "IllegalTransition": 1}
    after = await house.backend.orders.get(house.caller.organization, order.id)
    assert await house.counters(order.lines[0].product_id) == {"shipped": (6, 0), "cancelled": (10, 0)}[after.status]
    assert after.payment_status == {"shipped": "captured", "cancelled": "voided"}[after.status]


@pytest.mark.parametrize("trial", range(trials(200)))
async def test_of_confirm_and_cancel_one_comes_first(house: House, trial: int) -> None:
    """Cancelling first forbids the confirmation; confirming first does not forbid the cancellation."""
    house = house.insisting
    order = await an_order(house, 4)
    attempts = [house.confirm(order.id), house.cancel(order.id)]
    random.shuffle(attempts)
    seen = await outcomes(attempts)
    after = await house.backend.orders.get(house.caller.organization, order.id)
    held = after.payment is not None
    assert (after.status, after.payment_status) == ("cancelled", "voided" if held else "none")
    assert seen == ({"Order": 2} if held else {"Order": 1, "IllegalTransition": 1})
    assert await house.counters(order.lines[0].product_id) == (10, 0)


async def test_one_of_many_cancellations_gives_the_stock_back_once(house: House) -> None:
    order = await an_order(house, 4)
    seen = await outcomes(house.cancel(order.id) for _ in range(5))
    assert seen == {"Order": 1, "IllegalTransition": 4}
    assert await house.counters(order.lines[0].product_id) == (10, 0)


async def test_without_a_rerun_the_slower_one_is_outdated(house: House) -> None:
    order = await an_order(house, 4)
    async with house.begin() as one, house.begin() as two:
        for work in (one, two):
            read = await work.orders.get(order.id)
            work.orders.save(read.confirm(at=work.now(), payment_method="pm_ok"))
        seen = await outcomes([one.commit(None), two.commit(None)])
    assert seen == {"NoneType": 1, "Outdated": 1}


async def test_writers_really_race(house: House) -> None:
    """Between a look and its commit others get a turn: else nothing in this file would prove anything."""
    once = DeliverOrderHandler(house.backend.begin)
    seen: Counter[str] = Counter()
    for rounds in range(1, 51):
        order = await an_order(house, 1)
        await house.ship((await house.confirm(order.id)).id)
        command = DeliverOrder(caller=house.caller, order_id=order.id)
        seen += await outcomes(once(command) for _ in range(8))
        assert seen["Order"] == rounds
        assert seen.keys() <= {"Order", "Outdated", "IllegalTransition"}
        if seen["Outdated"]:
            return
    pytest.fail(f"nobody was ever overtaken: {seen}")


async def test_a_unique_value_goes_to_one_of_many(house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=50)
    assert await outcomes(house.customer("one@example.com") for _ in range(8)) == {"Customer": 1, "Taken": 7}
    assert await outcomes(house.create_product(sku="ONE") for _ in range(8)) == {"Product": 1, "Taken": 7}
    orders = (house.place(customer, (product, 2), external_reference="ONE") for _ in range(8))
    assert await outcomes(orders) == {"Order": 1, "Taken": 7}
    assert await house.counters(product.id) == (50, 2)


async def test_events_of_one_subject_queue_up_without_a_gap(house: House) -> None:
    """The audit that follows walks the chain."""
    product = await house.product(stock=1)
    assert await outcomes(house.adjust(product.id, 1) for _ in range(25)) == {"StockAdjustment": 25}
    assert await house.counters(product.id) == (26, 0)
    (row,) = await house.rows("products")
    assert row["events_count"] == 27


async def test_whoever_gives_up_has_ordered_wholly_or_not_at_all(house: House) -> None:
    """Callers are cut off at any moment; the audit that follows finds no half order."""
    customer, product = await house.customer(), await house.product(stock=400)
    placing = [asyncio.ensure_future(house.place(customer, (product, 2))) for _ in range(40)]
    for task in placing:
        await asyncio.sleep(random.choice((0, 0, 0.001)))
        random.choice(placing).cancel()
        task.cancel()
    await asyncio.gather(*placing, return_exceptions=True)
    await at_rest(house)
    orders, lines = await house.rows("orders"), await house.rows("order_lines")
    assert {line["order_id"] for line in lines} == {order["id"] for order in orders}
    assert await house.counters(product.id) == (400, 2 * len(orders))
    assert (await house.place(customer, (product, 2))).state == "pending"


async def at_rest(house: House) -> None:
    """Wait until nothing is written any more: what a caller has left may still be under way in the store."""
    before = -1
    while before != (now := len(await house.rows("events"))):
        before = now
        await asyncio.sleep(0.3)


async def an_order(house: House, quantity: int) -> Order:
    """A pending order of one product, of which there are 10."""
    return await house.place(await house.customer(), (await house.product(stock=10), quantity))
