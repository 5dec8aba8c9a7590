"""Another organization's things cannot be seen, touched or sensed: they answer as what does not exist."""

from dataclasses import replace

import pytest

from application.catalogue.ports import BY_NAME, ProductFilters
from application.ordering.ports import DEAREST, OrderFilters
from application.shared.errors import Outdated
from application.shared.pages import NEWEST, Direction, NumberedRequest, PageRequest
from domain.catalogue.errors import ProductNotFound
from domain.customers.errors import CustomerNotFound
from domain.ordering.errors import OrderNotFound
from domain.ordering.lifecycle import State
from domain.ordering.order import CancelledBy
from domain.shared.errors import RulesBroken
from tests.contract.house import House


async def test_nothing_is_found_by_its_id(house: House, other_house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=5)
    order = await house.place(customer, (product, 1))
    store, theirs = house.backend, other_house.caller.organization
    async with other_house.begin() as work:
        with pytest.raises(OrderNotFound):
            await work.orders.get(order.id)
        with pytest.raises(ProductNotFound):
            await work.products.get(product.id)
        with pytest.raises(CustomerNotFound):
            await work.customers.get(customer.id)
    with pytest.raises(OrderNotFound):
        await store.orders.get(theirs, order.id)
    with pytest.raises(ProductNotFound):
        await store.products.get(theirs, product.id)
    with pytest.raises(CustomerNotFound):
        await store.customers.get(theirs, customer.id)


@pytest.mark.parametrize("direction", Direction)
async def test_no_page_shows_anything(house: House, other_house: House, direction: Direction) -> None:
    customer, product = await house.customer(), await house.product(stock=5)
    await house.place(customer, (product, 1))
    store, theirs = house.backend, other_house.caller.organization
    request = PageRequest(limit=100, direction=direction)
    of_customer = OrderFilters(customer_id=customer.id)
    assert (await store.orders.page(theirs, OrderFilters(), request)).items == ()
    assert (await store.orders.page(theirs, of_customer, request)).items == ()
    assert (await store.products.page(theirs, ProductFilters(), request)).items == ()
    assert (await store.customers.page(theirs, request)).items == ()


async def test_no_filter_and_no_sort_shows_anything(house: House, other_house: House) -> None:
    product = await house.product(stock=5, sku="A-1")
    order = await house.place(await house.customer(), (product, 1), external_reference="web-1")
    store, theirs = house.backend, other_house.caller.organization
    for filters in (
        OrderFilters(statuses=frozenset({State.PENDING})),
        OrderFilters(statuses=frozenset(State)),
        OrderFilters(product_id=product.id),
        OrderFilters(product_id=product.id, statuses=frozenset(State), created_from=order.created_at),
        OrderFilters(created_from=order.created_at, total_from=0),
        OrderFilters(number=order.number),
        OrderFilters(external_reference="web-1"),
    ):
        for sort in (NEWEST, DEAREST):
            assert (await store.orders.page(theirs, filters, PageRequest(sort=sort))).items == ()
            numbered = await store.orders.numbered_page(theirs, filters, NumberedRequest(sort=sort))
            assert (numbered.items, numbered.total_count) == ((), 0)
    for found in (ProductFilters(sku="A-1"), ProductFilters(status=product.status), ProductFilters(name=product.name)):
        for sort in (NEWEST, BY_NAME):
            assert (await store.products.page(theirs, found, PageRequest(sort=sort))).items == ()


async def test_a_basket_holds_nothing_of_theirs(house: House, other_house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=5)
    async with other_house.begin() as work:
        basket = await work.baskets.look(customer.id, [product.id])
    assert (basket.buyer, dict(basket.offers)) == (None, {})
    with pytest.raises(RulesBroken) as refused:
        await other_house.place(customer, (product, 1))
    codes = [violation.code for violation in refused.value.violations]
    assert codes == ["customer-not-found", "product-not-found"]


async def test_a_basket_sees_its_own_policy(house: House, other_house: House) -> None:
    await house.overwrite("organizations", {}, minimum_order_value=5)
    for one, value in ((house, 5), (other_house, 1000)):
        async with one.begin() as work:
            basket = await work.baskets.look(one.backend.new_id(), [])  # type: ignore[arg-type]
        assert basket.policy.minimum_order_value == value


async def test_nothing_of_theirs_is_touched_by_a_save(house: House, other_house: House) -> None:
    """Even where something was read here and is saved there."""
    customer, product = await house.customer(), await house.product(stock=5)
    order = await house.place(customer, (product, 2))
    mine, theirs = await house.everything(), await other_house.everything()
    async with house.begin() as here, other_house.begin() as there:
        read = await here.orders.get(order.id)
        await there.look()
        there.orders.save(read.cancel(at=here.now(), by=CancelledBy.MEMBER, reason=None))
        with pytest.raises(Outdated):
            await there.commit(None)
    assert await house.everything() == mine
    assert await other_house.everything() == theirs


async def test_an_order_refers_to_its_own_organization_only(house: House, other_house: House) -> None:
    """The last wall, should a use case ever forget to look: the store refuses the row."""
    customer, product = await house.customer(), await house.product(stock=5)
    stranger = await other_house.customer()
    async with house.begin() as work:
        basket = await work.baskets.look(customer.id, [product.id])
        order = basket.place(house.draft(customer, (product, 1)), at=work.now())
    before = await house.everything()
    async with house.begin() as work:
        await work.look()
        work.orders.save(replace(order, customer_id=stranger.id))
        with pytest.raises(Exception, match="orders_customer_fkey"):
            await work.commit(None)
    assert await house.everything() == before


async def test_the_same_house_seen_from_both_sides(house: House, other_house: House) -> None:
    """Rows behind the port belong to whom they should."""
    for one in (house, other_house):
        await one.place(await one.customer(), (await one.product(stock=5), 1))
        for table, rows in (await one.everything()).items():
            column = "id" if table == "organizations" else "organization_id"
            assert {row[column] for row in rows} <= {one.caller.organization}, table
