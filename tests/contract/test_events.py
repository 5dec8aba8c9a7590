"""Every change writes its events with it: numbered without a gap, chained, with the resource as it is afterwards."""

import json
from typing import Any

import pytest

from adapters.records.documents import to_json
from adapters.records.personal import whole
from application.shared.errors import Outdated
from domain.catalogue.product import AdjustmentReason
from domain.customers.customer import Customer
from domain.ids import AdjustmentId, CustomerId
from tests.contract.backend import Row
from tests.contract.house import House


async def events_of(house: House, subject: str, id: object) -> list[Row]:
    rows = [row for row in await house.rows("events") if (row["subject"], row["subject_id"]) == (subject, id)]
    return sorted(rows, key=lambda row: row["sequence"])


def said(event: Row) -> dict[str, Any]:
    return whole(event["body"], event["personal"])


async def test_an_order_from_its_placement_to_its_return(house: House) -> None:
    order = await house.place(await house.customer(), (await house.product(stock=5), 2))
    ways = (house.unpaid.confirm, house.ship, house.deliver, house.send_back)
    views = [await house.backend.orders.get(house.caller.organization, order.id)]
    for go in ways:
        house.backend.clock.advance(minutes=1)
        await go(order.id)
        views.append(await house.backend.orders.get(house.caller.organization, order.id))
    events = await events_of(house, "order", order.id)
    assert [event["type"] for event in events] == [
        "order.placed",
        "order.confirmed",
        "order.shipped",
        "order.delivered",
        "order.returned",
    ]
    for event, view in zip(events, views, strict=True):
        assert said(event)["data"] == json.loads(to_json(view))
        assert event["at"] == view.updated_at


async def test_the_body_says_what_happened_to_whom_by_whom(house: House) -> None:
    order = await house.place(await house.customer(), (await house.product(stock=5), 2))
    house.backend.clock.advance(seconds=90)
    await house.confirm(order.id)
    _, event = await events_of(house, "order", order.id)
    body = said(event)
    data = body.pop("data")
    assert body == {
        "id": str(event["id"]),
        "type": "order.confirmed",
        "subject": f"orders/{order.id}",
        "time": "2026-03-01T12:01:30Z",
        "actor": f"user:{house.caller.principal.id}",
        "requestid": "request-1",
        "facts": {"paymentMethod": "pm_ok"},
    }
    assert (data["status"], data["version"], data["updatedAt"]) == ("confirmed", 3, "2026-03-01T12:01:30Z")
    assert (event["actor"], event["request_id"]) == (body["actor"], "request-1")


async def test_a_cancellation_says_why(house: House) -> None:
    order = await house.place(await house.customer(), (await house.product(stock=5), 2))
    await house.cancel(order.id)
    _, event = await events_of(house, "order", order.id)
    assert said(event)["facts"] == {"reason": "too late"}


async def test_a_product_and_its_stock_share_one_chain(house: House) -> None:
    product = await house.product(stock=5)
    adjustment = await house.adjust(product.id, -2)
    created, _, damaged = await events_of(house, "product", product.id)
    assert (created["type"], damaged["type"]) == ("product.changed", "stock.adjusted")
    body = json.loads(damaged["body"])
    assert body["facts"] == {
        "adjustmentId": str(adjustment.id),
        "change": -2,
        "reason": "damaged",
        "note": "as counted",
    }
    assert body["data"] == {"productId": str(product.id), "sku": product.sku, "adjustmentId": str(adjustment.id)}


async def test_a_customer_from_registration_on(house: House) -> None:
    customer = await house.customer()
    await house.suspend(customer)
    await house.reactivate(customer)
    events = await events_of(house, "customer", customer.id)
    assert [event["type"] for event in events] == ["customer.changed"] * 3
    told = [said(event)["data"] for event in events]
    assert [(data["status"], data["version"]) for data in told] == [("active", 1), ("suspended", 2), ("active", 3)]


async def test_several_events_of_one_commit_follow_each_other(house: House) -> None:
    """On top of those that are there already."""
    product = await house.product(stock=5)
    async with house.begin() as work:
        read = await work.products.get(product.id)
        for change in (1, 2, -3):
            own, why = AdjustmentId(house.backend.new_id()), AdjustmentReason.CORRECTION
            read = read.adjust(own, change=change, reason=why, note=None, at=work.now())
        work.products.save(read)
        await work.commit(None)
    _, _, *events = await events_of(house, "product", product.id)
    assert [event["sequence"] for event in events] == [3, 4, 5]
    assert [json.loads(event["body"])["facts"]["change"] for event in events] == [1, 2, -3]
    await house.adjust(product.id, 1)
    assert len(await events_of(house, "product", product.id)) == 6


async def test_a_new_thing_may_begin_with_several_events(house: House) -> None:
    async with house.begin() as work:
        await work.look()
        own, at = CustomerId(house.backend.new_id()), work.now()
        customer = Customer.register(own, email="a@example.com", name="A", shipping_address=None, at=at)
        work.customers.save(customer.suspend(at=work.now()))
        await work.commit(None)
    assert len(await events_of(house, "customer", customer.id)) == 2
    await house.reactivate(customer)
    assert [event["sequence"] for event in await events_of(house, "customer", customer.id)] == [1, 2, 3]


async def test_several_subjects_of_one_commit_have_chains_of_their_own(house: House) -> None:
    """Among them some with one new event and one with two: rows of different shapes in one table."""
    one, two, bystander = [await house.customer() for _ in range(3)]
    async with house.begin() as work:
        first, second = await work.customers.get(one.id), await work.customers.get(two.id)
        work.customers.save(first.suspend(at=work.now()))
        work.customers.save(second.suspend(at=work.now()).reactivate(at=work.now()))
        await work.commit(None)
    assert len(await events_of(house, "customer", one.id)) == 2
    assert len(await events_of(house, "customer", two.id)) == 3
    assert len(await events_of(house, "customer", bystander.id)) == 1


async def test_a_refused_change_writes_no_event(house: House) -> None:
    customer = await house.customer()
    async with house.begin() as work:
        read = await work.customers.get(customer.id)
        work.customers.save(read.suspend(at=work.now()))
        await house.overwrite("customers", {"id": customer.id}, version=7)
        with pytest.raises(Outdated):
            await work.commit(None)
    assert len(await events_of(house, "customer", customer.id)) == 1
