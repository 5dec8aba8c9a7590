"""What the system sees of orders: which are due, when, and whose; and it finds them without a look at the others."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres import Pooler, PostgresDueScan, TenantPool
from adapters.postgres.due_orders import _due
from adapters.postgres.due_scan import DUE_ORDERS
from adapters.postgres.wall import PARAMETER
from adapters.system import SystemClock
from application.shared.errors import Unavailable
from domain.ordering.order import Order
from tests.adapters.postgres.pooler import TransactionPooler
from tests.adapters.postgres.shop import Shop
from tests.adapters.postgres.test_plans import explained
from tests.books import mark
from tests.postgres import Database

LATE = "UPDATE orders SET expires_at = now() - interval '1 second' * $2 WHERE id = $1"
AHEAD = "UPDATE organizations SET sandbox = true, clock_offset_seconds = $2 WHERE id = $1"


@pytest.fixture
async def system(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.dsn, server_settings={"role": "orderwright_system"})
    yield connection
    connection.terminate()


@pytest.fixture
async def scan(database: Database) -> AsyncIterator[PostgresDueScan]:
    scan = PostgresDueScan(database.dsn)
    yield scan
    await scan.close()


@pytest.fixture
async def town(pool: TenantPool, behind: asyncpg.Connection) -> AsyncIterator[list[Shop]]:
    """Two shops, in which times are changed past all books; what others have left behind is not due meanwhile."""
    await behind.execute("CREATE TEMPORARY TABLE promised AS SELECT organization_id, id, expires_at FROM orders")
    await behind.execute("CREATE TEMPORARY TABLE moved AS SELECT id, clock_offset_seconds FROM organizations")
    await behind.execute("UPDATE orders SET expires_at = now() + interval '1 year' WHERE status = 'pending'")
    await behind.execute("UPDATE organizations SET clock_offset_seconds = 0")
    shops = [await Shop.open(pool) for _ in range(2)]
    for shop in shops:
        mark(shop.organization)
    yield shops
    await behind.execute(
        "UPDATE orders o SET expires_at = p.expires_at FROM promised p"
        " WHERE (o.organization_id, o.id) = (p.organization_id, p.id)"
    )
    await behind.execute(
        "UPDATE organizations o SET clock_offset_seconds = m.clock_offset_seconds FROM moved m WHERE o.id = m.id"
    )
    await behind.execute("DROP TABLE promised, moved")


async def place(shop: Shop) -> Order:
    (product,) = await shop.products(5)
    return await shop.place((product, 1))


async def test_it_sees_ids_and_times_of_due_orders_of_everybody_and_nothing_else(
    town: list[Shop], system: asyncpg.Connection, behind: asyncpg.Connection
) -> None:
    due, confirmed, early = [[await place(shop) for shop in town] for _ in range(3)]
    for shop, order in zip(town, confirmed, strict=True):
        await shop.confirm(order)
    for order in (*due, *confirmed):
        await behind.execute(LATE, order.id, 1)
    seen = await system.fetch("SELECT id, organization_id, status FROM orders WHERE expires_at < 'infinity'")
    assert {tuple(row) for row in seen} == {
        (order.id, shop.organization, "pending") for shop, order in zip(town, due, strict=True)
    }
    assert not {order.id for order in early} & {row["id"] for row in seen}
    for column in ("total", "customer_id", "number", "shipping_address", "*"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await system.fetch(f"SELECT {column} FROM orders")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await system.fetch("UPDATE orders SET expires_at = now()")


async def test_it_sees_of_organizations_only_how_far_sandboxes_are_ahead(
    town: list[Shop], system: asyncpg.Connection, behind: asyncpg.Connection
) -> None:
    await behind.execute(AHEAD, town[0].organization, 60)
    (row,) = await system.fetch("SELECT id, clock_offset_seconds FROM organizations WHERE clock_offset_seconds <> 0")
    assert tuple(row) == (town[0].organization, 60)
    for column in ("slug", "name", "owners", "*"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await system.fetch(f"SELECT {column} FROM organizations")


async def test_a_scan_finds_what_is_due_first_what_was_due_first(
    town: list[Shop], scan: PostgresDueScan, behind: asyncpg.Connection
) -> None:
    orders = [await place(shop) for shop in (*town, *town)]
    assert await scan.due(9) == []
    for place_, order in enumerate(orders):
        await behind.execute(LATE, order.id, place_)
    found = [(shop.organization, order.id) for shop, order in zip((*town, *town), orders, strict=True)]
    assert await scan.due(9) == found[::-1]
    assert await scan.due(3) == found[:0:-1]
    assert await scan.due(9, but=[orders[1].id, orders[3].id]) == [found[2], found[0]]


async def test_a_scan_counts_by_the_clock_of_each_sandbox(
    town: list[Shop], scan: PostgresDueScan, behind: asyncpg.Connection
) -> None:
    ours, _ = [await place(shop) for shop in town]
    await behind.execute(AHEAD, town[0].organization, 86_390)
    assert await scan.due(9) == []
    await behind.execute(AHEAD, town[0].organization, 86_401)
    assert await scan.due(9) == [(town[0].organization, ours.id)]


async def test_a_scan_goes_through_a_transaction_pooler(
    database: Database, town: list[Shop], behind: asyncpg.Connection
) -> None:
    order = await place(town[0])
    await behind.execute(LATE, order.id, 1)
    async with TransactionPooler.to(database, sessions=1) as pooler:
        scan = PostgresDueScan(pooler.dsn, Pooler.TRANSACTION)
        for _ in range(2):
            assert await scan.due(9) == [(town[0].organization, order.id)]
        await scan.close()


async def test_a_scan_that_was_cut_off_comes_back(
    town: list[Shop], scan: PostgresDueScan, behind: asyncpg.Connection
) -> None:
    order = await place(town[0])
    await behind.execute(LATE, order.id, 1)
    assert len(await scan.due(9)) == 1
    await behind.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'orderwright worker' AND datname = current_database()"
    )
    with pytest.raises(Unavailable):
        await scan.due(9)
    assert len(await scan.due(9)) == 1


def used(plan: dict[str, Any]) -> set[str]:
    own = {plan["Index Name"]} if "Index Name" in plan else set()
    return own.union(*(used(child) for child in plan.get("Plans", [])))


async def test_nothing_is_read_but_what_is_due(own_database: Database) -> None:
    """Of ten thousand that are pending, a few are due: each look reads those, by an index of its own."""
    pool = TenantPool.to(own_database.dsn, size=1)
    shop, sandbox = [await Shop.open(pool) for _ in range(2)]
    admin = await asyncpg.connect(own_database.superuser)
    for each in (shop, sandbox):
        await admin.execute(PENDING.format(each.organization, each.customer))
    await admin.execute(AHEAD, sandbox.organization, 86_400)
    await admin.execute("VACUUM ANALYZE")
    async with pool.serving(shop.organization) as connection:
        values = {PARAMETER: shop.organization, "at": SystemClock().now(), "limit": 200}
        plan = await explained(connection, _due(), values, "force_generic_plan")
    assert used(plan) == {"orders_due_by_organization"}
    assert plan["Actual Rows"] == 3
    system = await asyncpg.connect(own_database.dsn, server_settings={"role": "orderwright_system"})
    said = await system.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {DUE_ORDERS}", 200, list[UUID]())
    (whole,) = json.loads(said)
    ours = {"orders_due", "orders_due_by_organization", "organizations_moved", "organizations_pkey"}
    assert used(whole["Plan"]) <= ours
    assert whole["Plan"]["Actual Rows"] == 3 + 3 + 12
    assert whole["Plan"]["Shared Hit Blocks"] + whole["Plan"]["Shared Read Blocks"] < 200
    for connection in (system, admin):
        await connection.close()
    await pool.close()


PENDING = """
    INSERT INTO orders (organization_id, id, number, customer_id, status, currency, total, shipping_address, expires_at,
            created_at, updated_at, version)
        SELECT '{0}', gen_random_uuid(), n::text, '{1}', 'pending', 'EUR', 1, '{{}}',
            now() + interval '2 hours' * (n - 3.5), now(), now(), 1
        FROM generate_series(1, 5000) n;
"""
