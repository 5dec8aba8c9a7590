"""Figures of the whole house: the system is told sums, sees no row for them, and wrong stock is found."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

import asyncpg
import pytest

from adapters.postgres import Pooler, PostgresFigures, PostgresStockAudit, TenantPool
from application.operations.ports import Audited
from application.shared.errors import Unavailable
from tests.adapters.postgres.pooler import TransactionPooler
from tests.adapters.postgres.shop import Shop
from tests.books import mark
from tests.postgres import Database


@pytest.fixture
async def figures(database: Database) -> AsyncIterator[PostgresFigures]:
    figures = PostgresFigures(database.dsn)
    yield figures
    await figures.close()


@pytest.fixture
async def audit(database: Database) -> AsyncIterator[PostgresStockAudit]:
    audit = PostgresStockAudit(database.dsn)
    yield audit
    await audit.close()


async def test_what_is_pending_is_counted_by_age_whosever_it_is(
    pool: TenantPool, behind: asyncpg.Connection, figures: PostgresFigures
) -> None:
    before = await figures.read()
    shops = [await Shop.open(pool) for _ in range(2)]
    for shop, hours in zip(shops, (2, 30), strict=True):
        mark(shop.organization)
        product, other = await shop.products(9, 9)
        order = await shop.place((product, 2), (other, 3))
        await behind.execute(
            "UPDATE orders SET created_at = now() - interval '1 hour' * $2 WHERE id = $1", order.id, hours
        )
        await shop.confirm(await shop.place((product, 1)))
    after = await figures.read()
    for age, orders, units in (("<1h", 0, 0), ("<6h", 1, 5), ("<24h", 0, 0), (">=24h", 1, 5)):
        assert after.held_orders[age] - before.held_orders[age] == orders, age
        assert after.held_units[age] - before.held_units[age] == units, age
    assert after.events_waiting > 0
    assert after.oldest_event_seconds > 0


async def test_it_sees_no_row_of_anybodys_for_it(shop: Shop, database: Database) -> None:
    (product,) = await shop.products(5)
    await shop.place((product, 1))
    system = await asyncpg.connect(database.dsn, server_settings={"role": "orderwright_system"})
    assert await system.fetch("SELECT * FROM figures()")
    for table in ("order_lines", "products", "stock_ledger", "payments"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await system.fetch(f"SELECT 1 FROM {table}")
    await system.close()
    async with shop.begin.pool.connection() as connection:
        for call in ("figures()", "stock_audit(gen_random_uuid(), gen_random_uuid(), 1)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"SELECT * FROM {call}")


async def test_an_audit_goes_round_all_products_and_begins_again(
    shop: Shop, audit: PostgresStockAudit, behind: asyncpg.Connection
) -> None:
    await shop.products(1, 2, 3)
    there = await behind.fetchval("SELECT count(*) FROM products")
    for _ in range(2):
        checked, over = 0, False
        while not over:
            some = await audit.next(2)
            assert (some.oversold, some.unbalanced) == (0, 0)
            checked, over = checked + some.checked, some.round_over
        assert checked == there


async def test_stock_that_is_not_what_its_ledger_says_is_found(
    shop: Shop, audit: PostgresStockAudit, behind: asyncpg.Connection
) -> None:
    product, _ = await shop.products(5, 5)
    await shop.place((product, 2))
    everything = 100_000
    async with _changed(behind, "UPDATE products SET reserved = reserved - 1 WHERE id = $1", product):
        assert await _seen(behind, everything) == (0, 1)
    async with _changed(
        behind,
        "ALTER TABLE products DROP CONSTRAINT products_stock_check; UPDATE products SET reserved = 6 WHERE id = '{}'",
        product,
    ):
        assert await _seen(behind, everything) == (1, 1)
    assert await audit.next(everything) == Audited(
        await behind.fetchval("SELECT count(*) FROM products"), 0, 0, round_over=True
    )


@asynccontextmanager
async def _changed(behind: asyncpg.Connection, change: str, product: object) -> AsyncIterator[None]:
    """Within a transaction that is taken back, so that nobody else sees it."""
    trial = behind.transaction()
    await trial.start()
    if "{}" in change:
        await behind.execute(change.format(product))
    else:
        await behind.execute(change, product)
    yield
    await trial.rollback()


async def _seen(behind: asyncpg.Connection, most: int) -> tuple[int, int]:
    nobody = "00000000-0000-0000-0000-000000000000"
    row = await behind.fetchrow("SELECT * FROM stock_audit($1, $1, $2)", nobody, most)
    return row["oversold"], row["unbalanced"]


async def test_through_a_pooler_it_is_the_same(shop: Shop, database: Database) -> None:
    async with TransactionPooler.to(database, sessions=1) as pooler:
        figures = PostgresFigures(pooler.dsn, Pooler.TRANSACTION)
        assert (await figures.read()).events_waiting > 0
        await figures.close()


async def test_a_lost_connection_is_opened_anew(figures: PostgresFigures, behind: asyncpg.Connection) -> None:
    await figures.read()
    began = monotonic()
    await behind.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'orderwright figures'"
    )
    with pytest.raises(Unavailable):
        await figures.read()
    await figures.read()
    assert monotonic() - began < 5
