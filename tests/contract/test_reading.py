"""What was written is what is read: by units of work, by queries, field by field."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.catalogue.ports import ProductView
from application.customers.ports import CustomerView
from application.identity.ports import MemberView, OrganizationView
from application.ordering.order_view import OrderView
from application.shared.caller import Principal, PrincipalKind
from domain.catalogue.product import AdjustmentReason, Product
from domain.customers.customer import Customer
from domain.identity.roles import Role
from domain.ids import AdjustmentId, OrganizationId
from domain.ordering.order import Order
from domain.shared.money import Currency
from domain.stock import Stock
from tests.books import mark
from tests.contract.audit import audit
from tests.contract.backend import START, Backend, Row
from tests.contract.house import House
from tests.people import PASSWORD
from tests.strategies import PATHS, arguments, customers, instants, placements, products, take
from tests.trials import trials

any_values = settings(
    max_examples=trials(1_000, 15),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
"""Each example is an organization of its own."""


@any_values
@given(customer=customers())
async def test_any_customer(backend: Backend, customer: Customer) -> None:
    house = await House.found(backend)
    mark(house.caller.organization)  # it comes from nowhere: no event tells of it
    async with house.begin() as work:
        await work.look()
        work.customers.save(customer)
        await work.commit(None)
    async with house.begin() as work:
        assert await work.customers.get(customer.id) == customer
    assert await backend.customers.get(house.caller.organization, customer.id) == CustomerView.of(customer)


@any_values
@given(product=products())
async def test_any_product(backend: Backend, product: Product) -> None:
    house = await House.found(backend)
    mark(house.caller.organization)  # it comes from nowhere: no event tells of it
    empty = replace(product, stock=Stock())
    async with house.begin() as work:
        await work.look()
        work.products.save(empty)
        await work.commit(None)
    async with house.begin() as work:
        assert await work.products.get(product.id) == empty
    assert await backend.products.get(house.caller.organization, product.id) == ProductView.of(empty)


@st.composite
def journeys(draw: st.DrawFn) -> tuple[Order, list[tuple[str, datetime, dict[str, Any]]]]:
    """A new order, and every step of the way that it goes: action, instant, arguments."""
    basket, wanted = draw(placements())
    at = draw(instants())
    order = basket.place(wanted, at=at)
    steps = []
    for action in draw(st.sampled_from([path for paths in PATHS.values() for path in paths])):
        at += draw(st.timedeltas(timedelta(), timedelta(days=30)))
        steps.append((action, at, draw(arguments(action))))
    return order, steps


@any_values
@given(journey=journeys())
async def test_any_order_wherever_it_goes(backend: Backend, journey: tuple[Order, list[Any]]) -> None:
    house, (order, steps) = await House.found(backend), journey
    await prepare(house, order)
    async with house.begin() as work:
        await work.look()
        work.orders.save(order)
        await work.commit(None)
    for action, at, given_ in steps:
        async with house.begin() as work:
            read = await work.orders.get(order.id)
            assert read == replace(order, events=())
            order = take(read, action, at=at, **given_)
            work.orders.save(order)
            await work.commit(None)
    assert await backend.orders.get(house.caller.organization, order.id) == OrderView.of(order)
    await audit(backend, house.caller.organization)


async def prepare(house: House, order: Order) -> None:
    """Make the customer and the products, with just enough stock, that the order needs."""
    async with house.begin() as work:
        await work.look()
        email = f"{order.customer_id}@example.com"
        work.customers.save(
            Customer.register(order.customer_id, email=email, name="B", shipping_address=None, at=work.now())
        )
        for line in order.lines:
            product = Product.create(
                line.product_id, sku=str(line.id), name=line.name, unit_price=line.unit_price, at=work.now()
            )
            work.products.save(product)
        await work.commit(None)
    for line in order.lines:
        async with house.begin() as work:
            product = await work.products.get(line.product_id)
            received, own = AdjustmentReason.RECEIVED, AdjustmentId(house.backend.new_id())
            work.products.save(product.adjust(own, change=line.quantity, reason=received, note=None, at=work.now()))
            await work.commit(None)


WAYS: dict[str, tuple[int, tuple[str, ...]]] = {
    "pending": (1, ()),
    "confirmed": (3, ("confirm",)),
    "cancelled": (2, ("cancel",)),
    "cancelled later": (5, ("confirm", "cancel")),
    "shipped": (6, ("confirm", "ship")),
    "delivered": (7, ("confirm", "ship", "deliver")),
    "returned": (9, ("confirm", "ship", "deliver", "send_back")),
    "returned on the way": (8, ("confirm", "ship", "send_back")),
}
"""The version to which each way leads. Confirming makes two: the payment is under way, and it is there. The first
shipment makes three: under way, captured, shipped; cancelling and returning what was paid, two.
"""


@pytest.mark.parametrize(("version", "way"), WAYS.values(), ids=WAYS)
async def test_an_order_after_each_way_it_can_go(house: House, version: int, way: tuple[str, ...]) -> None:
    """Each step is read and changed on its own: what one step wrote, the next one reads."""
    one, two = await house.product(stock=5), await house.product(stock=5)
    order = await house.place(
        await house.customer(), (two, 2), (one, 1), note="Ring twice ☎", external_reference="PO-1"
    )
    for step in way:
        house.backend.clock.advance(hours=1)
        go: Callable[[Any], Awaitable[Order]] = getattr(house, step)
        order = await go(order.id)
    async with house.begin() as work:
        assert await work.orders.get(order.id) == replace(order, events=())
    view = await house.backend.orders.get(house.caller.organization, order.id)
    assert view == OrderView.of(order)
    assert view.version == version
    assert [line.product_id for line in view.lines] == [two.id, one.id], "in the order of the request"


async def test_lines_are_snapshots(house: House) -> None:
    product = await house.product(stock=5, price=1000)
    order = await house.place(await house.customer(), (product, 2))
    await house.overwrite("products", {"id": product.id}, unit_price=1, name="Renamed", sku="RENAMED")
    view = await house.backend.orders.get(house.caller.organization, order.id)
    assert (view.total, view.lines[0].unit_price, view.lines[0].sku) == (2000, 1000, product.sku)


async def test_a_basket_holds_what_exists(house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=5, price=1234)
    await house.place(customer, (product, 2))
    await house.suspend(customer)
    archived = await house.product()
    await house.overwrite("products", {"id": archived.id}, status="archived")
    nowhere: Any = house.backend.new_id()
    async with house.begin() as work:
        basket = await work.baskets.look(customer.id, [archived.id, product.id, nowhere, product.id])
        empty = await work.baskets.look(nowhere, [])
    assert basket.buyer is not None
    assert (basket.buyer.id, basket.buyer.suspended) == (customer.id, True)
    assert set(basket.offers) == {product.id, archived.id}
    offer = basket.offers[product.id]
    assert (offer.sku, offer.name, offer.unit_price) == (product.sku, product.name, product.unit_price)
    assert (offer.archived, offer.available) == (False, 3)
    assert basket.offers[archived.id].archived
    assert (empty.buyer, dict(empty.offers)) == (None, {})
    policy = basket.policy
    assert (policy.max_items_per_order, policy.minimum_order_value, policy.auto_cancel_after_hours) == (10, 1000, 24)


async def test_a_reader_keeps_what_it_has_read(house: House) -> None:
    product = await house.product(stock=5)
    before = await house.rows("products")
    view = await house.backend.products.get(house.caller.organization, product.id)
    await house.adjust(product.id, 3)
    assert (view.stock.on_hand, before[0]["on_hand"]) == (5, 5)
    assert await house.counters(product.id) == (8, 0)


async def test_a_reader_never_sees_half_a_change(house: House) -> None:
    """An order and its parts are of one instant, however busy the writers are."""
    order = await house.place(await house.customer(), (await house.product(stock=9), 3))
    organization, views = house.caller.organization, []

    async def watch() -> None:
        views.extend([await house.backend.orders.get(organization, order.id) for _ in range(30)])

    async def work() -> None:
        for go in (house.confirm, house.ship, house.deliver, house.send_back):
            await go(order.id)

    await asyncio.gather(watch(), work(), watch())
    for view in views:
        (line,) = view.lines
        shipped, came_back = view.status not in {"pending", "confirmed"}, view.status == "returned"
        assert (line.shipped, line.returned) == (3 * shipped, 3 * came_back)
        assert (len(view.shipments), len(view.returns)) == (shipped, came_back)


@pytest.fixture
async def member(house: House) -> Row:
    (row,) = await house.rows("members")
    return row


async def test_a_credential_is_found_by_slug_and_mailbox(house: House, member: Row) -> None:
    found = await house.backend.credentials.find(house.slug, "OWNER@Example.com")
    assert found is not None
    assert (found.organization, found.member_id) == (house.caller.organization, member["id"])
    assert found.password_hash == f"$plain${PASSWORD}"


async def test_credentials_that_nobody_has(house: House, other_house: House) -> None:
    find = house.backend.credentials.find
    assert await find(house.slug, "nobody@example.com") is None
    assert await find("no-such-house", house.email) is None
    assert await find(house.slug.upper(), house.email) is None
    await house.overwrite(
        "members", {"id": house.caller.principal.id}, email="moved@example.com", mailbox="moved@example.com"
    )
    assert await find(house.slug, house.email) is None
    assert await find(house.slug, "moved@example.com") is not None
    assert await find(other_house.slug, "moved@example.com") is None
    assert await find(other_house.slug, other_house.email) is not None


async def test_who_am_i(house: House, member: Row) -> None:
    organization, me = await house.backend.me.me(house.caller)
    assert organization == OrganizationView(
        id=OrganizationId(house.caller.organization),
        name="A House",
        slug=house.slug,
        currency=Currency("EUR"),
        sandbox=True,
    )
    assert me == MemberView(
        id=member["id"],
        email="owner@example.com",
        name="Olive Owner",
        role=Role.OWNER,
        customer_id=None,
        created_at=START,
        version=1,
    )


async def test_who_am_i_without_a_member(house: House, other_house: House) -> None:
    """An API key, a member that is gone, and one of another house: the organization, and nobody."""
    strangers = [
        Principal(PrincipalKind.API_KEY, id=house.backend.new_id(), role="viewer"),
        Principal(PrincipalKind.USER, id=house.backend.new_id(), role="owner"),
        other_house.caller.principal,
    ]
    for principal in strangers:
        organization, me = await house.backend.me.me(replace(house.caller, principal=principal))
        assert (organization.slug, me) == (house.slug, None)


async def test_a_new_organization_has_the_policy_of_the_house_and_an_owner(house: House, member: Row) -> None:
    (row,) = await house.rows("organizations")
    assert (row["max_items_per_order"], row["minimum_order_value"], row["auto_cancel_after_hours"]) == (10, 1000, 24)
    assert (row["clock_offset_seconds"], row["version"], row["created_at"]) == (0, 1, START)
    assert (member["role"], member["events_count"], bytes(member["events_head"])) == ("owner", 0, b"")
