"""Seeded orders hold every invariant, are the same for the same chance, and leave every guard as it was."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg
import pytest

from adapters.postgres import Pooler, TenantPool
from adapters.postgres import seeding as seeding_module
from adapters.postgres.seeding import WRITERS, Seeder
from adapters.records.invariants import Breach
from domain.ordering.lifecycle import State
from domain.shared.errors import Taken
from entrypoints.invariants import check_books
from tests.adapters.postgres.pooler import TransactionPooler
from tests.adapters.postgres.shop import EUR, STOCK_DOES_NOT_ADD_UP, Shop
from tests.postgres import TEMPLATE, Database, Server

NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)
TABLES: Final = (
    "customers products orders order_lines shipments shipment_lines order_returns return_lines stock_ledger events"
).split()

BROKEN: Final = {
    "a chain of events has a gap or a wrong link": """
        SELECT id FROM (SELECT *, lag(hash, 1, ''::bytea) OVER w AS previous, row_number() OVER w AS place FROM events
            WHERE organization_id = $1 WINDOW w AS (PARTITION BY subject, subject_id ORDER BY sequence)) e
        WHERE sequence <> place OR hash <> sha256(previous || int4send(sequence) || convert_to(body, 'UTF8'))""",
    "an order does not know the end of its chain": """
        SELECT id FROM orders o LEFT JOIN LATERAL (
            SELECT count(*) AS count, (array_agg(hash ORDER BY sequence DESC))[1] AS head FROM events e
            WHERE (e.organization_id, e.subject, e.subject_id) = (o.organization_id, 'order', o.id)) e ON true
        WHERE organization_id = $1 AND (events_count, events_head) IS DISTINCT FROM (e.count, e.head)""",
    "a version without its event": "SELECT id FROM orders WHERE organization_id = $1 AND version <> events_count",
    "a total that is not its lines'": """
        SELECT id FROM orders o WHERE organization_id = $1 AND total IS DISTINCT FROM (SELECT sum(unit_price * quantity)
            FROM order_lines l WHERE (l.organization_id, l.order_id) = (o.organization_id, o.id))""",
    "a line that was ordered at another time": """
        SELECT o.id FROM orders o JOIN order_lines l ON (l.organization_id, l.order_id) = (o.organization_id, o.id)
        WHERE o.organization_id = $1 AND l.ordered_at <> o.created_at""",
    "an event that says another state than the order's": """
        SELECT o.id FROM orders o JOIN events e ON (e.organization_id, e.subject, e.subject_id, e.sequence)
            = (o.organization_id, 'order', o.id, o.version)
        WHERE o.organization_id = $1 AND (e.body::jsonb #>> '{data,status}', e.body::jsonb #>> '{data,number}',
            e.body::jsonb #>> '{data,customerId}') <> (o.status, o.number, o.customer_id::text)""",
    "something in the future": f"SELECT id FROM orders WHERE organization_id = $1 AND updated_at > '{NOW}'",
    "a product that does not add up": STOCK_DOES_NOT_ADD_UP,
}


@pytest.fixture(scope="module")
async def own(server: Server, database: Database) -> Database:
    """A database that nobody else looks at: the same chance makes the same ids in two organizations."""
    own = Database(server, f"{database.name}_seeding")
    await server.create(own.name, template=TEMPLATE)
    return own


@pytest.fixture
async def pool(own: Database) -> AsyncIterator[TenantPool]:
    pool = TenantPool.to(own.dsn, size=WRITERS)
    yield pool
    await pool.close()


@pytest.fixture
async def behind(own: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(own.superuser)
    yield connection
    await connection.close()


async def seed(shop: Shop, chance: random.Random, orders: int = 120, now: datetime = NOW) -> list[int]:
    heard: list[int] = []
    seeder = Seeder(shop.pool, shop.organization, EUR, now, chance)
    await seeder.seed(orders, heard.append, products=20, customers=10)
    return heard


async def test_seeded_orders_hold_every_invariant(
    pool: TenantPool, behind: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeding_module, "BATCH", 50)
    shop = await Shop.open(pool)
    assert sorted(await seed(shop, random.Random(1))) == [20, 50, 50]
    for what, query in BROKEN.items():
        assert not await behind.fetch(query, shop.organization), what
    states = await behind.fetch("SELECT DISTINCT status FROM orders WHERE organization_id = $1", shop.organization)
    assert {row["status"] for row in states} == set(State)
    times, totals = await behind.fetchrow(
        "SELECT count(DISTINCT created_at), count(DISTINCT total) FROM orders WHERE organization_id = $1",
        shop.organization,
    )
    assert (times, totals) >= (120, 10)


async def test_the_books_of_seeded_orders_balance(own: Database, pool: TenantPool) -> None:
    """As `./orderwright invariants` reads them: every check of every order, product, customer and chain."""
    await seed(await Shop.open(pool), random.Random(4))
    found: list[Breach] = []
    tally = await check_books(own.dsn, Pooler.NONE, found.append)
    assert found == []
    assert tally["orders"] >= 120


async def test_seeded_orders_live_on(pool: TenantPool, behind: asyncpg.Connection) -> None:
    """They are read, and changed, like any others: their chains go on, and stock is still exact."""
    shop = await Shop.open(pool)
    await seed(shop, random.Random(3))
    page = await shop.list()
    assert len(page.items) == 20
    pending = [order for order in page.items if order.status is State.PENDING]
    for order in pending:
        assert (await shop.cancel(order)).state is State.CANCELLED
    assert pending
    for what, query in BROKEN.items():
        if "future" not in what:
            assert not await behind.fetch(query, shop.organization), what


async def test_the_same_chance_makes_the_same_rows(pool: TenantPool, behind: asyncpg.Connection) -> None:
    shops = [await Shop.open(pool) for _ in range(3)]
    for shop, chance in zip(shops, (5, 5, 6), strict=True):
        await seed(shop, random.Random(chance), 40)
    one, same, another = [await rows_of(behind, shop) for shop in shops]
    assert one == same
    assert one != another


async def rows_of(behind: asyncpg.Connection, shop: Shop) -> dict[str, str]:
    """Every row that seeding writes, without the organization; who signed it up is not seeded."""
    digest = (
        "SELECT md5(string_agg(r, '|' ORDER BY r)) FROM (SELECT (to_jsonb(t) - 'organization_id')::text AS r FROM {} t"
        " WHERE organization_id = $1 AND to_jsonb(t)->>'email' IS DISTINCT FROM 'first@example.com'"
        " AND coalesce(to_jsonb(t)->>'request_id', 'seeding') = 'seeding') s"
    )
    return {table: await behind.fetchval(digest.format(table), shop.organization) for table in TABLES}


class Retagged(random.Random):
    """Other names for products and customers; else the same."""

    tagged = False

    def getrandbits(self, k: int, /) -> int:
        bits = super().getrandbits(k)
        if k == 40 and not self.tagged:
            self.tagged = True
            return bits ^ 1
        return bits


async def test_numbers_that_are_taken_are_drawn_again(pool: TenantPool, behind: asyncpg.Connection) -> None:
    """The second time all numbers are taken; the ids, an hour later, are not."""
    shop = await Shop.open(pool)
    await seed(shop, random.Random(7), 40)
    await seed(shop, Retagged(7), 40, NOW + timedelta(hours=1))
    numbers = await behind.fetchval(
        "SELECT count(DISTINCT number) FROM orders WHERE organization_id = $1", shop.organization
    )
    assert numbers == 80
    for what, query in BROKEN.items():
        assert not await behind.fetch(query, shop.organization), what


GUARDS: Final = "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"


async def test_everything_is_guarded_again_whatever_happens(pool: TenantPool, behind: asyncpg.Connection) -> None:
    shop = await Shop.open(pool)
    before: list[Any] = await behind.fetch(GUARDS)
    await seed(shop, random.Random(8), 10)
    assert await behind.fetch(GUARDS) == before
    with pytest.raises(Taken):
        await seed(shop, random.Random(8), 10, NOW + timedelta(hours=1))
    assert await behind.fetch(GUARDS) == before
    assert {row["tgenabled"] for row in before} == {b"O"}


async def test_seeding_goes_through_a_pooler(own: Database, behind: asyncpg.Connection) -> None:
    async with TransactionPooler.to(own, sessions=2) as pooler:
        pool = TenantPool.to(pooler.dsn, Pooler.TRANSACTION, size=WRITERS)
        shop = await Shop.open(pool)
        await seed(shop, random.Random(9), 30)
        await pool.close()
    for what, query in BROKEN.items():
        assert not await behind.fetch(query, shop.organization), what
    assert await behind.fetchval("SELECT count(*) FROM orders WHERE organization_id = $1", shop.organization) == 30
