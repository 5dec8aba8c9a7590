"""The counters of lines in the database: raw SQL cannot make them say what shipments and returns do not."""

import asyncpg
import pytest

from adapters.records.changes import Changes, Touch
from domain.ordering.order import Order
from tests.adapters.postgres.shop import Shop

UNITS = "order_lines_units_check"
ADDS_UP = "OW002"

IMPOSSIBLE = {
    "more shipped than ordered": "shipped = 5",
    "more delivered than shipped": "delivered = 4",
    "more delivered and recalled than shipped": "delivered = 2, returned = 2, recalled = 2",
    "more recalled than returned": "returned = 0, recalled = 1",
    "more returned than delivered and recalled": "delivered = 1, returned = 2, recalled = 0",
    "fewer than none delivered": "delivered = -1",
    "fewer than none recalled": "recalled = -1",
    "fewer than none shipped": "shipped = -1",
}
UNTOLD = {
    "a unit that no shipment has": "UPDATE order_lines SET shipped = 4 WHERE order_id = $1",
    "a unit fewer than its shipment has": "UPDATE order_lines SET shipped = 2 WHERE order_id = $1",
    "a return that nobody made": "UPDATE order_lines SET returned = 1, recalled = 1 WHERE order_id = $1",
    "a shipment that no line counts": """
        WITH parcel AS (
            INSERT INTO shipments (organization_id, id, order_id, position, shipped_at)
            SELECT organization_id, gen_random_uuid(), order_id, 9, now() FROM order_lines WHERE order_id = $1
            RETURNING *
        )
        INSERT INTO shipment_lines (organization_id, shipment_id, line_id, order_id, position, quantity)
        SELECT p.organization_id, p.id, l.id, l.order_id, 0, 1
        FROM parcel p JOIN order_lines l ON l.order_id = p.order_id""",
    "a return that no line counts": """
        WITH back AS (
            INSERT INTO order_returns (organization_id, id, order_id, position, refund, at)
            SELECT organization_id, gen_random_uuid(), order_id, 9, 0, now() FROM order_lines WHERE order_id = $1
            RETURNING *
        )
        INSERT INTO return_lines (organization_id, return_id, line_id, order_id, position, quantity, restock)
        SELECT b.organization_id, b.id, l.id, l.order_id, 0, 1, false
        FROM back b JOIN order_lines l ON l.order_id = b.order_id""",
    "a line that is born shipped": """
        INSERT INTO order_lines (organization_id, order_id, id, position, product_id, ordered_at, sku, name, unit_price,
            quantity, shipped, delivered, returned, recalled)
        SELECT organization_id, order_id, gen_random_uuid(), 1, product_id, ordered_at, sku, name, 1, 1, 1, 0, 0, 0
        FROM order_lines WHERE order_id = $1""",
}


@pytest.fixture
async def order(shop: Shop) -> Order:
    """Of four units of one line, three have been shipped."""
    (item,) = await shop.products(10)
    order = await shop.confirm(await shop.place((item, 4)))
    return await shop.ship(order, 3)


@pytest.mark.parametrize("said", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
async def test_counters_that_cannot_be_are_refused(behind: asyncpg.Connection, order: Order, said: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await behind.execute(f"UPDATE order_lines SET {said} WHERE order_id = $1", order.id)
    assert refused.value.constraint_name == UNITS


@pytest.mark.parametrize("statement", UNTOLD.values(), ids=UNTOLD)
async def test_counters_say_what_shipments_and_returns_say(
    behind: asyncpg.Connection, order: Order, statement: str
) -> None:
    before = await behind.fetch("SELECT * FROM order_lines WHERE order_id = $1", order.id)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await behind.execute(statement, order.id)
    assert refused.value.sqlstate == ADDS_UP, refused.value
    assert await behind.fetch("SELECT * FROM order_lines WHERE order_id = $1", order.id) == before


async def test_what_the_database_refuses_comes_out_of_a_commit_as_the_bug_that_it_is(shop: Shop, order: Order) -> None:
    key = {"order_id": order.id, "id": order.lines[0].id}
    with pytest.raises(asyncpg.PostgresError) as refused:
        await shop.write(Changes.of([Touch(table="order_lines", key=key, set={"shipped": 4})]))
    assert refused.value.sqlstate == ADDS_UP


async def test_what_adds_up_passes(shop: Shop, order: Order, behind: asyncpg.Connection) -> None:
    order = await shop.deliver(await shop.ship(order, 1), order.shipments[0].id)
    order = await shop.send_back(order, 2)
    assert await shop.send_back(await shop.deliver(order), 1)
    counters = "SELECT shipped, delivered, returned, recalled FROM order_lines WHERE order_id = $1"
    [row] = await behind.fetch(counters, order.id)
    assert tuple(row) == (4, 4, 3, 0)
