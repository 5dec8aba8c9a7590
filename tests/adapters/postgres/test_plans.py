"""The plans behind lists, as the serving role has them: a page costs a page, however many orders there are."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres import TenantPool, customer_queries, order_queries, product_queries
from adapters.postgres.statements import Statement
from adapters.postgres.tenant_pool import TenantConnection
from adapters.postgres.wall import PARAMETER
from application.shared.pages import Direction
from tests.adapters.postgres.shop import Shop
from tests.postgres import TEMPLATE, Database, Server

ORDERS: Final = 5_000
PAGE: Final = 21
"""Twenty, and one to see that there are more."""

MIDDLE: Final = datetime(2026, 1, 1, 1, tzinfo=UTC)

SEED: Final = """
    ALTER TABLE orders DISABLE TRIGGER orders_lifecycle;
    INSERT INTO customers (organization_id, id, email, mailbox, name, status, created_at, updated_at, version)
        SELECT '{0}', gen_random_uuid(), n || '@x', n || '@x', 'C', 'active', '2026-01-01', '2026-01-01', 1
        FROM generate_series(1, 200) n;
    INSERT INTO products (organization_id, id, sku, name, unit_price, currency, status, on_hand, reserved, created_at,
            updated_at, version)
        SELECT '{0}', gen_random_uuid(), n::text, 'P', 1, 'EUR', 'active', 0, 0,
            timestamptz '2026-01-01 00:00Z' + n * interval '20 seconds', '2026-01-01', 1
        FROM generate_series(1, 200) n;
    INSERT INTO orders (organization_id, id, number, customer_id, status, currency, total, shipping_address,
            cancelled_at, cancelled_by, expires_at, created_at, updated_at, version)
        SELECT '{0}', gen_random_uuid(), n::text, c.id, s.status, 'EUR', 1000,
            '{{"name": "A", "line1": "B", "city": "C", "postal_code": "D", "country": "DE"}}',
            CASE s.status WHEN 'cancelled' THEN now() END, CASE s.status WHEN 'cancelled' THEN 'member' END,
            '2026-01-02', timestamptz '2026-01-01 00:00Z' + n * interval '1 second', '2026-01-01', 1
        FROM generate_series(1, {1}) n
        JOIN LATERAL (SELECT CASE WHEN n % 500 = 0 THEN 'pending' WHEN n % 10 = 0 THEN 'cancelled' ELSE 'delivered' END
            AS status) s ON true
        JOIN (SELECT id, row_number() OVER () AS place FROM customers WHERE organization_id = '{0}') c
            ON c.place = n % 200 + 1;
    INSERT INTO order_lines (organization_id, order_id, id, position, product_id, sku, name, unit_price, quantity,
            shipped, delivered, returned, recalled)
        SELECT o.organization_id, o.id, gen_random_uuid(), 0, p.id, p.sku, p.name, 1000, 1, 0, 0, 0, 0
        FROM orders o JOIN LATERAL (SELECT * FROM products WHERE organization_id = '{0}' LIMIT 1) p ON true
        WHERE o.organization_id = '{0}';
    ALTER TABLE orders ENABLE TRIGGER orders_lifecycle;
"""


@dataclass(frozen=True)
class Seeded:
    pool: TenantPool
    organization: UUID
    busy: UUID
    """A customer with a two-hundredth of the orders."""


@pytest.fixture(scope="module")
async def seeded(server: Server, database: Database) -> AsyncIterator[Seeded]:
    """Two organizations with thousands of orders each, in a database whose statistics are up to date."""
    own = Database(server, f"{database.name}_plans")
    await server.create(own.name, template=TEMPLATE)
    pool = TenantPool.to(own.dsn, size=1)
    shops = [await Shop.open(pool) for _ in range(2)]
    admin = await asyncpg.connect(own.superuser)
    for shop in shops:
        await admin.execute(SEED.format(shop.organization, ORDERS))
    await admin.execute("VACUUM ANALYZE")
    busy = await admin.fetchval(
        "SELECT customer_id FROM orders WHERE organization_id = $1 LIMIT 1", shops[0].organization
    )
    await admin.close()
    yield Seeded(pool, shops[0].organization, busy)
    await pool.close()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def spine(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes that find the rows of the page: not those that fetch the parts of each."""
    yield plan
    for child in plan.get("Plans", []):
        if "Subplan Name" not in child:
            yield from spine(child)


async def explained(
    connection: TenantConnection, statement: Statement, values: dict[str, object], mode: str
) -> dict[str, Any]:
    """Return the plan that is run once the statement has been in use, with what each node really reads."""
    await connection.execute(f"SET plan_cache_mode = {mode}; PREPARE list AS {statement.sql}")
    run = f"EXECUTE list ({', '.join(literal(values[name]) for name in statement.parameters)})"
    for _ in range(6):  # from the sixth time on, PostgreSQL may plan without the values
        await connection.execute(run)
    said = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {run}")
    await connection.execute("DEALLOCATE list")
    plan: dict[str, Any] = json.loads(said)[0]["Plan"]
    return plan


def literal(value: object) -> str:
    return "'{" + ", ".join(value) + "}'" if isinstance(value, list) else f"'{value}'"


def read(node: dict[str, Any]) -> float:
    """How many rows a node looked at, those that it threw away included."""
    rows: float = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return rows


LISTS: Final = {
    "all": (False, False, "delivered"),
    "of a common status": (True, False, "delivered"),
    "of a rare status": (True, False, "pending"),
    "of one customer": (False, True, "delivered"),
    "of one status and customer": (True, True, "delivered"),
}


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("positioned", [False, True], ids=["first", "deep"])
@pytest.mark.parametrize("kind", LISTS)
async def test_a_page_of_orders_reads_a_page(seeded: Seeded, kind: str, direction: Direction, positioned: bool) -> None:
    by_status, by_customer, status = LISTS[kind]
    statement = order_queries._list(by_status, by_customer, direction, positioned)
    values = {
        PARAMETER: seeded.organization,
        "rows": PAGE,
        "statuses": [status],
        "customer": seeded.busy,
        "at": MIDDLE,
        "after": UUID(int=0),
    }
    async with seeded.pool.serving(seeded.organization) as connection:
        plan = await explained(connection, statement, values, "auto")
    held_to_a_page(plan, sorts=status == "pending")


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("positioned", [False, True], ids=["first", "deep"])
@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
@pytest.mark.parametrize(
    "lists", [customer_queries._list, product_queries._list, partial(order_queries._list, *LISTS["all"][:2])]
)
async def test_no_other_list_needs_the_values_to_be_planned_well(
    seeded: Seeded, lists: Any, direction: Direction, positioned: bool, mode: str
) -> None:
    values = {PARAMETER: seeded.organization, "rows": PAGE, "at": MIDDLE, "after": UUID(int=0)}
    async with seeded.pool.serving(seeded.organization) as connection:
        plan = await explained(connection, lists(direction, positioned), values, mode)
    held_to_a_page(plan, sorts=False)


def held_to_a_page(plan: dict[str, Any], *, sorts: bool) -> None:
    """`sorts`: there are fewer rows than a page, so that they may be sorted."""
    whole = [(node["Node Type"], node.get("Index Name"), read(node)) for node in nodes(plan)]
    big = {"orders", "order_lines", "customers", "products"}
    assert not [n for n in nodes(plan) if n["Node Type"] == "Seq Scan" and n["Relation Name"] in big], whole
    assert sorts or not [node for node in spine(plan) if "Sort" in node["Node Type"]], whole
    assert max(read(node) for node in nodes(plan)) <= 2 * PAGE, whole
