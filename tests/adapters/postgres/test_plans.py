"""The plans behind lists, as the serving role has them: a page costs a page, however many orders there are."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres import (
    TenantPool,
    books,
    customer_queries,
    endpoints,
    feed,
    order_proofs,
    order_queries,
    product_queries,
    relay,
)
from adapters.postgres.statements import Statement
from adapters.postgres.tenant_connection import TenantConnection
from adapters.postgres.wall import PARAMETER
from application.catalogue.ports import BY_NAME
from application.ordering.ports import DEAREST
from application.shared.pages import NEWEST, Direction, Sort
from domain.ordering.lifecycle import State
from tests.adapters.postgres.explaining import literal
from tests.adapters.postgres.shop import Shop
from tests.postgres import TEMPLATE, Database, Server

ORDERS: Final = 5_000
JOINS: Final = frozenset({"hashjoin", "mergejoin", "nestloop"})
PAGE: Final = 21
"""Twenty, and one to see that there are more."""

MIDDLE: Final = datetime(2026, 1, 1, 1, tzinfo=UTC)
EARLY: Final = MIDDLE - timedelta(minutes=50)
LATE: Final = MIDDLE + timedelta(minutes=20)

SEED: Final = """
    ALTER TABLE orders DISABLE TRIGGER orders_lifecycle;
    INSERT INTO customers (organization_id, id, email, mailbox, name, status, created_at, updated_at, version)
        SELECT '{0}', gen_random_uuid(), n || '@x', n || '@x', 'C', 'active', '2026-01-01', '2026-01-01', 1
        FROM generate_series(1, 200) n;
    INSERT INTO webhook_endpoints (organization_id, id, url, event_types, status, secret, created_at, removed_at,
            version)
        SELECT '{0}', gen_random_uuid(), 'https://x.example', '{{}}',
            CASE n % 2 WHEN 0 THEN 'enabled' ELSE 'disabled' END, '',
            timestamptz '2026-01-01 00:00Z' + n * interval '20 seconds', CASE n % 2 WHEN 1 THEN now() END, 1
        FROM generate_series(1, 400) n;
    INSERT INTO products (organization_id, id, sku, name, folded_name, unit_price, currency, status, on_hand, reserved,
            created_at, updated_at, version)
        SELECT '{0}', gen_random_uuid(), (n % 100)::text, 'P' || n, 'p' || n, 1, 'EUR',
            CASE WHEN n <= 100 THEN 'active' ELSE 'archived' END, 0, 0,
            timestamptz '2026-01-01 00:00Z' + n * interval '20 seconds', '2026-01-01', 1
        FROM generate_series(1, 200) n;
    INSERT INTO orders (organization_id, id, number, external_reference, customer_id, status, currency, total,
            shipping_address, cancelled_at, cancelled_by, expires_at, created_at, updated_at, version)
        SELECT '{0}', gen_random_uuid(), n::text, n::text, c.id, s.status, 'EUR', n * 7919 % 2500,
            '{{"name": "A", "line1": "B", "city": "C", "postal_code": "D", "country": "DE"}}',
            CASE s.status WHEN 'cancelled' THEN now() END, CASE s.status WHEN 'cancelled' THEN 'member' END,
            '2026-01-02', timestamptz '2026-01-01 00:00Z' + n * interval '1 second', '2026-01-01', 1
        FROM generate_series(1, {1}) n
        JOIN LATERAL (SELECT CASE WHEN n % 500 = 0 THEN 'pending' WHEN n % 10 = 0 THEN 'cancelled' ELSE 'delivered' END
            AS status) s ON true
        JOIN (SELECT id, row_number() OVER () AS place FROM customers WHERE organization_id = '{0}') c
            ON c.place = n % 200 + 1;
    INSERT INTO order_lines (organization_id, order_id, id, position, product_id, ordered_at, sku, name, unit_price,
            quantity, shipped, delivered, returned, recalled)
        SELECT '{0}', o.id, gen_random_uuid(), line.position, p.id, o.created_at, p.sku, p.name, 1000, 1, 0, 0, 0, 0
        FROM orders o
        CROSS JOIN LATERAL (VALUES (0, 1), (1, 2 + o.number::int % 199)) AS line (position, place)
        JOIN (SELECT *, row_number() OVER (ORDER BY created_at) AS place FROM products WHERE organization_id = '{0}') p
            ON p.place = line.place
        WHERE o.organization_id = '{0}';
    ALTER TABLE orders ENABLE TRIGGER orders_lifecycle;
    INSERT INTO stock_ledger (organization_id, id, product_id, cause, on_hand, reserved, reference, reference_to, actor,
            at)
        SELECT '{0}', gen_random_uuid(), p.id, 'received', 1, 0, gen_random_uuid(), 'adjustment', 'nobody',
            timestamptz '2026-01-01 00:00Z' + n * interval '1 second'
        FROM generate_series(1, {1}) n
        JOIN (SELECT id, row_number() OVER (ORDER BY created_at) AS place FROM products WHERE organization_id = '{0}') p
            ON p.place = CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % 199 END;
    INSERT INTO events (organization_id, id, subject, subject_id, sequence, type, at, actor, request_id, body, hash)
        SELECT '{0}', gen_random_uuid(), 'order', o.id, e.sequence,
            CASE e.sequence % 3 WHEN 0 THEN 'order.noted' ELSE 'order.changed' END, now(), 'nobody', 'r', '{{}}', ''
        FROM (SELECT id, row_number() OVER (ORDER BY created_at) AS place FROM orders WHERE organization_id = '{0}') o
        JOIN LATERAL generate_series(1, CASE o.place WHEN 1 THEN {1} ELSE 2 END) AS e (sequence) ON true;
    INSERT INTO stock_ledger (organization_id, id, product_id, cause, on_hand, reserved, reference, reference_to, actor,
            at)
        SELECT '{0}', gen_random_uuid(), product_id, 'reserved', 0, 1, order_id, 'order', 'a', ordered_at
        FROM order_lines WHERE organization_id = '{0}';
    UPDATE events SET position = numbered.place
        FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM events WHERE organization_id = '{0}') numbered
        WHERE events.organization_id = '{0}' AND events.id = numbered.id
            AND numbered.place <= {1};
"""


@dataclass(frozen=True)
class Seeded:
    pool: TenantPool
    organization: UUID
    busy: UUID
    """A customer with a two-hundredth of the orders."""
    hot: UUID
    """A product that is in every order."""
    rare: UUID
    """One that is in a two-hundredth of them."""
    eventful: UUID
    """An order to which a lot has happened."""

    async def plan(
        self, statement: Statement, mode: str, without: frozenset[str] = frozenset(), **values: object
    ) -> dict[str, Any]:
        """`without`: ways to join that the planner is to avoid, as if its statistics spoke against them."""
        given: dict[str, object] = {PARAMETER: self.organization, "rows": PAGE, "after": UUID(int=0), **values}
        async with self.pool.serving(self.organization) as connection:
            for join in JOINS:
                await connection.execute(f"SET enable_{join} = {'off' if join in without else 'on'}")
            return await explained(connection, statement, given, mode)


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
    by_age = "SELECT id FROM products WHERE organization_id = $1 ORDER BY created_at LIMIT 2"
    hot, rare = [row["id"] for row in await admin.fetch(by_age, shops[0].organization)]
    eventful = await admin.fetchval(
        "SELECT id FROM orders WHERE organization_id = $1 ORDER BY created_at LIMIT 1", shops[0].organization
    )
    await admin.close()
    yield Seeded(pool, shops[0].organization, busy, hot, rare, eventful)
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


def read(node: dict[str, Any]) -> float:
    """How many rows a node looked at, those that it threw away included."""
    rows: float = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return rows


SORTS: Final = {
    "newest": NEWEST,
    "oldest": replace(NEWEST, descending=False),
    "dearest": DEAREST,
    "cheapest": replace(DEAREST, descending=False),
}
POSITIONS: Final = {"created_at": MIDDLE, "total": 1250, "folded_name": "p15"}

FILTERS: Final[dict[str, dict[str, Any]]] = {
    "none": {},
    "a common status": {"status": "delivered"},
    "a rare status": {"status": "pending"},
    "a common and a rare status": {"statuses": ["delivered", "pending"]},
    "every status": {"statuses": sorted(State)},
    "a customer": {"customer_id": "busy"},
    "a customer and a status": {"customer_id": "busy", "status": "delivered"},
    "a customer and two statuses": {"customer_id": "busy", "statuses": ["cancelled", "delivered"]},
    "a product that all orders have": {"product_id": "hot"},
    "a product that few orders have": {"product_id": "rare"},
    "a product and two statuses": {"product_id": "hot", "statuses": ["cancelled", "delivered"]},
    "a product since": {"product_id": "hot", "created_from": EARLY},
    "since": {"created_from": EARLY},
    "until": {"created_to": LATE},
    "since and until": {"created_from": EARLY, "created_to": LATE},
    "a common status since": {"status": "delivered", "created_from": EARLY},
    "a number": {"number": "77"},
    "an external reference": {"external_reference": "77"},
}


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("positioned", [False, True], ids=["first", "deep"])
@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
async def test_a_page_of_orders_by_any_filter_reads_a_page(
    seeded: Seeded, name: str, direction: Direction, positioned: bool, mode: str
) -> None:
    filters = FILTERS[name]
    values = {key: getattr(seeded, value) if key.endswith("_id") else value for key, value in filters.items()}
    statement = order_queries._list(direction, positioned, NEWEST, frozenset(values))
    plan = await seeded.plan(statement, mode, at=MIDDLE, **values)
    many = name.endswith("status") and "statuses" in values
    few = {"number", "external_reference", "customer_id"} & values.keys() or name == "a rare status"
    held_to_a_page(plan, sorts=bool(many or few), pages=len(values["statuses"]) if many else 2)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("positioned", [False, True], ids=["first", "deep"])
@pytest.mark.parametrize("sort", SORTS.values(), ids=SORTS)
@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
async def test_a_page_of_orders_in_any_sort_reads_a_page(
    seeded: Seeded, sort: Sort, direction: Direction, positioned: bool, mode: str
) -> None:
    statement = order_queries._list(direction, positioned, sort, frozenset())
    held_to_a_page(await seeded.plan(statement, mode, at=POSITIONS[sort.by]), sorts=False)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("positioned", [False, True], ids=["first", "deep"])
@pytest.mark.parametrize("sort", [DEAREST, SORTS["cheapest"]], ids=["dearest", "cheapest"])
async def test_a_range_of_totals_in_their_own_order_reads_a_page(
    seeded: Seeded, sort: Sort, direction: Direction, positioned: bool
) -> None:
    statement = order_queries._list(direction, positioned, sort, frozenset({"total_from", "total_to"}))
    plan = await seeded.plan(statement, "auto", at=1250, total_from=1000, total_to=1500)
    held_to_a_page(plan, sorts=False)


BOUNDED: Final[dict[str, dict[str, Any]]] = {
    "created_at": {"created_from": MIDDLE - timedelta(hours=1), "created_to": MIDDLE + timedelta(hours=1)},
    "total": {"total_from": 0, "total_to": 2500},
}
FAR: Final[dict[tuple[str, bool], object]] = {
    ("created_at", True): MIDDLE - timedelta(minutes=59),
    ("created_at", False): MIDDLE + timedelta(minutes=22),
    ("total", True): 20,
    ("total", False): 2480,
}
"""By sort, and whether it falls: where a walk through all of it is nearly over."""


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("sort", SORTS.values(), ids=SORTS)
@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
async def test_a_walk_between_two_bounds_does_not_begin_anew_with_each_page(
    seeded: Seeded, sort: Sort, direction: Direction, mode: str
) -> None:
    """PostgreSQL does not count what it passes over within an index, but for the buffers."""
    values, falling = BOUNDED[sort.by], sort.descending is (direction is Direction.FORWARD)
    statements = [order_queries._list(direction, positioned, sort, frozenset(values)) for positioned in (False, True)]
    first, far = [await seeded.plan(each, mode, at=FAR[sort.by, falling], **values) for each in statements]
    assert far["Actual Rows"] == first["Actual Rows"] == PAGE
    assert far["Shared Hit Blocks"] <= first["Shared Hit Blocks"] + 12, (first, far)


OUT_OF_ORDER: Final[dict[str, tuple[Sort, dict[str, Any], bool]]] = {
    "few by total, newest first": (NEWEST, {"total_from": 1250, "total_to": 1255}, True),
    "most by total, newest first": (NEWEST, {"total_from": 0, "total_to": 2400}, False),
    "all from a total on, newest first": (NEWEST, {"total_from": 0}, False),
    "none by total, newest first": (NEWEST, {"total_from": 9999, "total_to": 99999}, True),
    "a few seconds, dearest first": (
        DEAREST,
        {"created_from": MIDDLE, "created_to": MIDDLE + timedelta(seconds=9)},
        True,
    ),
    "most of the time, dearest first": (DEAREST, {"created_to": LATE}, False),
    "a common status, dearest first": (DEAREST, {"status": "delivered"}, False),
    "a rare status, dearest first": (DEAREST, {"status": "pending"}, True),
}


@pytest.mark.parametrize("name", OUT_OF_ORDER)
async def test_what_no_index_serves_in_its_order_is_walked_or_sorted_whichever_is_less(
    seeded: Seeded, name: str
) -> None:
    """No plan is good for all values: PostgreSQL plans it each time, and reads twice a page, or what is found."""
    sort, values, sorts = OUT_OF_ORDER[name]
    direction, positioned = Direction.FORWARD, False
    statement = order_queries._list(direction, positioned, sort, frozenset(values))
    assert statement.anew
    held_to_a_page(await seeded.plan(statement, "force_custom_plan", **values), sorts=sorts)


PRODUCTS: Final[dict[str, tuple[Any, dict[str, object]]]] = {
    "a status": (partial(product_queries._list, filtered=("status",)), {"status": "active"}),
    "a SKU": (partial(product_queries._list, filtered=("sku",)), {"sku": "5"}),
    "a name": (
        partial(product_queries._list, sort=BY_NAME, filtered=("name", "name_end")),
        {"name": "p1", "name_end": "p2"},
    ),
}


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("positioned", [False, True], ids=["first", "deep"])
@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
@pytest.mark.parametrize("name", PRODUCTS)
async def test_a_page_of_products_by_any_filter_reads_a_page(
    seeded: Seeded, name: str, direction: Direction, positioned: bool, mode: str
) -> None:
    select, values = PRODUCTS[name]
    at = POSITIONS["folded_name" if name == "a name" else "created_at"]
    held_to_a_page(await seeded.plan(select(direction, positioned), mode, at=at, **values), sorts=name == "a SKU")


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("positioned", [False, True], ids=["first", "deep"])
@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
@pytest.mark.parametrize("lists", [customer_queries._list, product_queries._list, endpoints._list])
async def test_no_other_list_needs_the_values_to_be_planned_well(
    seeded: Seeded, lists: Any, direction: Direction, positioned: bool, mode: str
) -> None:
    held_to_a_page(await seeded.plan(lists(direction, positioned), mode, at=MIDDLE), sorts=False)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("positioned", [False, True], ids=["first", "deep"])
@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
@pytest.mark.parametrize("lists", ["ledger", "timeline", "timeline without notes"])
async def test_a_page_of_what_happened_reads_a_page(
    seeded: Seeded, lists: str, direction: Direction, positioned: bool, mode: str
) -> None:
    """The page itself is sorted once more beside the one thing that all on it belongs to."""
    statement, owner, at = {
        "ledger": (product_queries._moves(direction, positioned), seeded.hot, MIDDLE),
        "timeline": (order_queries._timeline(direction, positioned), seeded.eventful, ORDERS // 2),
        "timeline without notes": (
            order_queries._timeline(direction, positioned, notes=False),
            seeded.eventful,
            ORDERS // 2,
        ),
    }[lists]
    held_to_a_page(await seeded.plan(statement, mode, owner=owner, at=at), sorts=True)


def held_to_a_page(plan: dict[str, Any], *, sorts: bool, pages: int = 2) -> None:
    """`sorts`: there are few rows, or a page of each status, so that they may be sorted."""
    whole = [(node["Node Type"], node.get("Index Name"), read(node)) for node in nodes(plan)]
    big = {"orders", "order_lines", "customers", "products", "stock_ledger", "events", "webhook_endpoints"}
    assert not [n for n in nodes(plan) if n["Node Type"] == "Seq Scan" and n["Relation Name"] in big], whole
    assert sorts or not [node for node in spine(plan) if "Sort" in node["Node Type"]], whole
    assert max(read(node) for node in nodes(plan)) <= max(pages, 2) * PAGE, whole


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("positioned", [False, True], ids=["first", "deep"])
@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
async def test_a_page_of_the_feed_reads_a_page(
    seeded: Seeded, direction: Direction, positioned: bool, mode: str
) -> None:
    held_to_a_page(await seeded.plan(feed._page(direction, positioned), mode, at=ORDERS // 2), sorts=False)


@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
async def test_the_relay_looks_at_what_waits_and_at_the_last_place(seeded: Seeded, mode: str) -> None:
    """And, for each event, at the one before it."""
    plan = await seeded.plan(relay._look(), mode)
    whole = [(node["Node Type"], node.get("Index Name"), read(node)) for node in nodes(plan)]
    looked_for = [node for node in nodes(plan) if node.get("Relation Name") == "events"]  # of endpoints, all are
    assert max(map(read, looked_for)) <= 3 * PAGE, whole
    assert {"events_without_position", "events_organization_id_position_key"} <= {index for _, index, _ in whole}


async def test_an_order_is_proved_from_its_own_rows_alone(seeded: Seeded) -> None:
    """However long the ledger of its products is, and the events of others."""
    _, statement = order_proofs._one()
    async with seeded.pool.serving(seeded.organization) as connection:
        order = await connection.fetchval("SELECT id FROM orders LIMIT 1 OFFSET 2500")
    plan = await seeded.plan(statement, "force_generic_plan", id=order)
    assert max(map(read, nodes(plan))) <= 5
    assert not [node for node in nodes(plan) if node["Node Type"] == "Seq Scan" and read(node) > 0]


async def test_a_batch_of_orders_reads_its_range_alone(seeded: Seeded) -> None:
    """The whole database is gone through so: a batch costs a batch, wherever it lies."""
    _, reach, batch, strays = books._statements("order")
    async with seeded.pool.serving(seeded.organization) as connection:
        ids = [row["id"] for row in await connection.fetch("SELECT id FROM orders ORDER BY id OFFSET 2500 LIMIT 50")]
    for statement in (reach, batch, *strays):
        values = {"first": ids[0], "last": ids[-1], "rows": 50, "events": 5_000}
        plan = await seeded.plan(statement, "force_generic_plan", **values)
        assert max(map(read, nodes(plan))) <= 200, statement.sql


@pytest.mark.parametrize("join", sorted(JOINS))
async def test_who_is_spoken_of_by_nobody_is_found_in_the_range_alone_however_it_is_joined(
    seeded: Seeded, join: str
) -> None:
    """Statistics grow old, and then the planner may join in any way: none reads orders beyond the batch."""
    *_, strays = books._statements("order")
    async with seeded.pool.serving(seeded.organization) as connection:
        ids = [row["id"] for row in await connection.fetch("SELECT id FROM orders ORDER BY id OFFSET 2500 LIMIT 50")]
    assert len(strays) == 2
    for statement in strays:
        place = {"first": ids[0], "last": ids[-1]}
        plan = await seeded.plan(statement, "force_generic_plan", JOINS - {join}, **place)
        tables = [
            (node["Node Type"], node["Relation Name"], read(node)) for node in nodes(plan) if "Relation Name" in node
        ]
        assert max(rows for *_, rows in tables) <= 200, tables
