"""What is not committed has not happened: every table is as it was, to the byte."""

from dataclasses import replace

import pytest

from application.shared.errors import Outdated
from domain.ids import CustomerId
from domain.ordering.errors import OrderNotFound
from domain.ordering.order import CancelledBy
from domain.shared.errors import Taken
from domain.stock import InventoryInsufficient
from tests.contract.house import House


async def test_leaving_without_a_commit_leaves_nothing(house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=5)
    order = await house.place(customer, (product, 2))
    before = await house.everything()
    async with house.begin() as work:
        order = await work.orders.get(order.id)
        customer = await work.customers.get(customer.id)
        work.orders.save(order.confirm(at=work.now(), payment_method="pm_ok"))
        work.customers.save(customer.suspend(at=work.now()))
    assert await house.everything() == before


async def test_an_exception_leaves_nothing_and_passes(house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=5)
    order = await house.place(customer, (product, 2))
    before = await house.everything()

    async def stumble() -> None:
        async with house.begin() as work:
            read = await work.orders.get(order.id)
            work.orders.save(read.confirm(at=work.now(), payment_method="pm_ok"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stumble()
    assert await house.everything() == before


async def test_a_commit_that_is_outdated_leaves_nothing(house: House) -> None:
    """Only one of three things has changed meanwhile; the two others are not written either."""
    first, second = await house.customer(), await house.customer()
    product = await house.product(stock=5)
    order = await house.place(first, (product, 2))
    async with house.begin() as work:
        order = await work.orders.get(order.id)
        one = await work.customers.get(first.id)
        two = await work.customers.get(second.id)
        work.orders.save(order.cancel(at=work.now(), by=CancelledBy.MEMBER, reason=None))
        work.customers.save(one.suspend(at=work.now()))
        work.customers.save(two.suspend(at=work.now()))
        await house.suspend(second)
        before = await house.everything()
        with pytest.raises(Outdated):
            await work.commit(None)
    assert await house.everything() == before


async def test_a_commit_that_meets_a_taken_value_leaves_nothing(house: House) -> None:
    await house.customer("taken@example.com")
    suspended = await house.customer()
    before = await house.everything()
    async with house.begin() as work:
        customer = await work.customers.get(suspended.id)
        work.customers.save(customer.suspend(at=work.now()))
        work.customers.save(
            replace(customer, id=CustomerId(house.backend.new_id()), email="taken@example.com", events=())
        )
        with pytest.raises(Taken) as refused:
            await work.commit(None)
    assert refused.value.fields == ("email",)
    assert await house.everything() == before


async def test_a_refusal_of_the_domain_leaves_nothing(house: House) -> None:
    customer, plenty, few = await house.customer(), await house.product(stock=50), await house.product(stock=1)
    before = await house.everything()
    with pytest.raises(InventoryInsufficient):
        await house.place(customer, (plenty, 5), (few, 2))
    with pytest.raises(OrderNotFound):
        await house.confirm(house.backend.new_id())  # type: ignore[arg-type]
    assert await house.everything() == before


async def test_a_dry_run_says_what_would_be_and_leaves_nothing(house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=5)
    standing = await house.place(customer, (product, 1))
    before = await house.everything()
    order = await house.dry.place(customer, (product, 2))
    assert (order.state, order.version, order.total.amount) == ("pending", 1, 2000)
    assert (await house.dry.confirm(standing.id)).state == "confirmed"
    assert (await house.dry.adjust(product.id, 5)).change == 5
    assert (await house.dry.customer()).status == "active"
    assert await house.everything() == before


async def test_a_dry_run_meets_a_taken_value_as_a_commit_would(house: House) -> None:
    await house.customer("taken@example.com")
    before = await house.everything()
    with pytest.raises(Taken):
        await house.dry.customer("taken@example.com")
    assert await house.everything() == before


async def test_a_dry_run_is_outdated_as_a_commit_would_be(house: House) -> None:
    customer = await house.customer()
    async with house.dry.begin() as work:
        read = await work.customers.get(customer.id)
        work.customers.save(read.suspend(at=work.now()))
        await house.suspend(customer)
        before = await house.everything()
        with pytest.raises(Outdated):
            await work.commit(None)
    assert await house.everything() == before


async def test_a_dry_run_leaves_room_for_the_real_one(house: House) -> None:
    """Not even a unique value is held by what was only tried."""
    customer, product = await house.customer(), await house.product(stock=2)
    await house.dry.place(customer, (product, 2), external_reference="PO-1")
    await house.dry.create_product(sku="TRIED")
    order = await house.place(customer, (product, 2), external_reference="PO-1")
    await house.create_product(sku="TRIED")
    assert await house.counters(product.id) == (2, 2)
    assert order.external_reference == "PO-1"
