"""A unit of work is used in one order: look, decide, save, commit. Anything else is a bug, and says so."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from application.shared.errors import Outdated
from domain.catalogue.product import AdjustmentReason, Product
from domain.ids import AdjustmentId
from tests.contract.backend import EveryWork
from tests.contract.house import House

READS: dict[str, Callable[[EveryWork, Any], Awaitable[object]]] = {
    "look": lambda work, _: work.look(),
    "basket": lambda work, one: work.baskets.look(one, []),
    "order": lambda work, one: work.orders.get(one),
    "product": lambda work, one: work.products.get(one),
    "customer": lambda work, one: work.customers.get(one),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
async def test_nothing_is_read_after_a_save(house: House, read: Callable[..., Awaitable[object]]) -> None:
    customer = await house.customer()
    async with house.begin() as work:
        known = await work.customers.get(customer.id)
        work.customers.save(known.suspend(at=work.now()))
        with pytest.raises(RuntimeError):
            await read(work, customer.id)


async def test_there_is_no_now_before_the_first_read(house: House) -> None:
    async with house.begin() as work:
        with pytest.raises(RuntimeError):
            work.now()
        await work.look()
        work.now()


@pytest.mark.parametrize("read", ["look", "basket", "order", "product", "customer"])
async def test_every_read_brings_the_time(house: House, read: str) -> None:
    customer, product = await house.customer(), await house.product(stock=2)
    order = await house.place(customer, (product, 1))
    ids: dict[str, Any] = {"order": order.id, "product": product.id, "customer": customer.id, "basket": customer.id}
    async with house.begin() as work:
        await READS[read](work, ids.get(read))
        assert work.now() == house.backend.clock.instant


async def test_a_commit_comes_once(house: House) -> None:
    async with house.begin() as work:
        await work.look()
        await work.commit(None)
        with pytest.raises(RuntimeError):
            await work.commit(None)


async def test_a_commit_that_was_outdated_is_not_tried_again(house: House) -> None:
    customer = await house.customer()
    async with house.begin() as work:
        known = await work.customers.get(customer.id)
        work.customers.save(known.suspend(at=work.now()))
        await house.suspend(customer)
        with pytest.raises(Outdated):
            await work.commit(None)
        with pytest.raises(RuntimeError):
            await work.commit(None)


async def test_one_thing_is_saved_once(house: House) -> None:
    """Twice would write its events, and move its stock, twice."""
    customer = await house.customer()
    async with house.begin() as work:
        known = await work.customers.get(customer.id)
        suspended = known.suspend(at=work.now())
        work.customers.save(suspended)
        with pytest.raises((RuntimeError, ValueError)):
            work.customers.save(suspended.reactivate(at=work.now()))


async def test_commit_returns_what_it_was_given(house: House) -> None:
    result = object()
    async with house.begin() as work:
        await work.look()
        assert await work.commit(result) is result


async def test_one_product_is_saved_once(house: House) -> None:
    """Its stock moves without a version: only the rule itself stands in the way of moving it twice."""
    product = await house.product(stock=5)

    def more(read: Product, change: int) -> Product:
        own, at = AdjustmentId(house.backend.new_id()), house.backend.clock.now()
        return read.adjust(own, change=change, reason=AdjustmentReason.RECEIVED, note=None, at=at)

    async with house.begin() as work:
        read = more(await work.products.get(product.id), 1)
        work.products.save(read)
        with pytest.raises((RuntimeError, ValueError)):
            work.products.save(more(read, 1))
