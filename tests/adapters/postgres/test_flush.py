"""One statement a unit of work: all of it or nothing, sums and chains, locks in one order, and what refusals mean."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres import TenantPool
from adapters.records.chain import START, link
from adapters.records.changes import Changes, Insert, Touch
from adapters.records.order_records import order_changes
from adapters.records.stock_records import stock_touches
from adapters.system import new_id
from application.shared.errors import Outdated, Unavailable
from domain.ids import ProductId
from domain.ordering.order import CancelledBy
from domain.shared.errors import Taken
from domain.stock import MAX_STOCK, Cause, InventoryInsufficient, Move
from tests.adapters.postgres.shop import STOCK_DOES_NOT_ADD_UP, Shop, contents, counters, shuffled, until_waiting
from tests.postgres import Database

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def chain(behind: asyncpg.Connection, subject: UUID) -> list[asyncpg.Record]:
    return await behind.fetch("SELECT * FROM events WHERE subject_id = $1 ORDER BY sequence", subject)


async def verified(behind: asyncpg.Connection, table: str, subject: UUID) -> int:
    """How many events the subject has, each linked to the one before, the last where the subject says."""
    events = await chain(behind, subject)
    head = START
    for sequence, event in enumerate(events, 1):
        assert event["sequence"] == sequence
        head = link(head, sequence, event["body"])
        assert event["hash"] == head
    root = await behind.fetchrow(f"SELECT events_count, events_head FROM {table} WHERE id = $1", subject)
    assert tuple(root) == (len(events), head)
    return len(events)


# Sums


async def test_two_moves_of_one_product_land_as_their_sum(shop: Shop, behind: asyncpg.Connection) -> None:
    (product,) = await shop.products(10)
    order = await shop.place((product, 1))
    moves = (
        Move(product=product, cause=Cause.RESERVED, reserved=2),
        Move(product=product, cause=Cause.RESERVED, reserved=3),
    )
    confirmed = order.confirm(at=NOW, payment_method="pm_ok")
    twice = replace(confirmed, events=tuple(replace(event, moves=moves) for event in confirmed.events[-1:]))
    before = replace(order, events=())
    await shop.write(order_changes(twice, before, shop.stamp))
    assert await counters(behind, product) == (10, 6)
    ledger = "SELECT array_agg(reserved ORDER BY id) FROM stock_ledger WHERE product_id = $1 AND reserved <> 0"
    assert await behind.fetchval(ledger, product) == [1, 2, 3]


async def test_what_several_changes_add_to_one_row_lands_as_its_sum(shop: Shop, behind: asyncpg.Connection) -> None:
    (product,) = await shop.products(10)
    two, three = (Changes.of(stock_touches([Move(product=product, cause=Cause.RESERVED, reserved=n)])) for n in (2, 3))
    await shop.write(two + three)
    assert await counters(behind, product) == (10, 5)
    await shop.write(Changes.of([*two.touches, *three.touches]))
    assert await counters(behind, product) == (10, 10)


async def test_moves_that_cancel_out_in_between_are_judged_by_their_sum(shop: Shop, behind: asyncpg.Connection) -> None:
    (product,) = await shop.products(5)
    moves = [Move(product=product, cause=Cause.RESERVED, reserved=n) for n in (9, -7, 3)]
    await shop.write(Changes.of(stock_touches(moves)))
    assert await counters(behind, product) == (5, 5)


@pytest.mark.parametrize(("on_hand", "reserved"), [(0, 6), (0, -3), (-4, 0), (-3, 1), (MAX_STOCK, 0), (2**40, 2**40)])
async def test_counters_stay_within_their_bounds(
    shop: Shop, behind: asyncpg.Connection, on_hand: int, reserved: int
) -> None:
    product, other = await shop.products(5, 5)
    held = Move(product=product, cause=Cause.RESERVED, reserved=2)
    await shop.write(Changes.of(stock_touches([held])))
    beyond = Move(product=product, cause=Cause.CORRECTION, on_hand=on_hand, reserved=reserved)
    fine = Move(product=other, cause=Cause.RESERVED, reserved=1)
    for moves in ([beyond], [fine, beyond]):
        with pytest.raises(Outdated):
            await shop.write(Changes.of(stock_touches(moves)))
    assert await counters(behind, product) == (5, 2)
    assert await counters(behind, other) == (5, 0)


async def test_counters_may_go_to_the_very_edge(shop: Shop, behind: asyncpg.Connection) -> None:
    (product,) = await shop.products(5)
    for on_hand, reserved in ((MAX_STOCK - 5, 0), (0, MAX_STOCK), (-MAX_STOCK, -MAX_STOCK)):
        move = Move(product=product, cause=Cause.CORRECTION, on_hand=on_hand, reserved=reserved)
        await shop.write(Changes.of(stock_touches([move])))
    assert await counters(behind, product) == (0, 0)


# Chains


async def test_events_of_one_commit_are_chained_and_so_are_those_of_many(
    shop: Shop, behind: asyncpg.Connection
) -> None:
    (product,) = await shop.products(10)
    order = await shop.place((product, 1), note="½ naïve 猫 \N{PILE OF POO}")
    before = replace(order, events=())
    twice = before.confirm(at=NOW, payment_method="pm_ök").cancel(at=NOW, by=CancelledBy.MEMBER, reason="日本")
    await shop.write(order_changes(twice, before, shop.stamp))
    assert await verified(behind, "orders", order.id) == 3
    assert [event["type"] for event in await chain(behind, order.id)] == [
        "order.placed",
        "order.confirmed",
        "order.cancelled",
    ]
    assert await verified(behind, "products", product) == 2
    assert await verified(behind, "customers", shop.customer) == 1


async def test_racing_writers_leave_no_gap_in_a_chain(shop: Shop, behind: asyncpg.Connection) -> None:
    product = await shop.create()
    await asyncio.gather(*(shop.adjust(product, 1) for _ in range(24)))  # none outdates another: stock has no version
    assert await verified(behind, "products", product) == 1 + 24
    assert await counters(behind, product) == (24, 0)


async def test_an_edited_event_shows(shop: Shop, behind: asyncpg.Connection) -> None:
    await behind.execute("UPDATE events SET body = body || ' ' WHERE subject_id = $1", shop.customer)
    with pytest.raises(AssertionError):
        await verified(behind, "customers", shop.customer)
    await behind.execute("UPDATE events SET body = rtrim(body) WHERE subject_id = $1", shop.customer)
    assert await verified(behind, "customers", shop.customer) == 1


# All or nothing


async def test_a_guard_that_does_not_hold_writes_nothing(shop: Shop, behind: asyncpg.Connection) -> None:
    first, second = await shop.products(10, 10)
    order = await shop.place((first, 1), (second, 1))
    confirmed = replace(order, events=()).confirm(at=NOW, payment_method="pm_ok")
    good = order_changes(confirmed, replace(order, events=()), shop.stamp)
    before = await contents(behind)
    for key, seen in (
        ({"id": first}, {"unit_price": 1}),
        ({"id": first}, {"status": "archived"}),
        ({"id": new_id()}, {"status": "active"}),
    ):
        with pytest.raises(Outdated):
            await shop.write(good + Changes.of([Touch(table="products", key=key, seen=seen)]))
        with pytest.raises(Outdated):
            await shop.write(good + Changes.of([Touch(table="products", key=key, seen=seen, set={"name": "new"})]))
    with pytest.raises(Outdated):
        await shop.write(good + Changes.of([Touch(table="organizations", key={}, seen={"max_items_per_order": 3})]))
    assert await contents(behind) == before
    await shop.write(good)


async def test_the_guard_of_a_column_that_is_null_holds_while_it_is_null(shop: Shop) -> None:
    (product,) = await shop.products(10)
    order = await shop.place((product, 1))

    def seen(note: str | None) -> Changes:
        return Changes.of([Touch(table="orders", key={"id": order.id}, seen={"note": note}, set={"note": "written"})])

    with pytest.raises(Outdated):
        await shop.write(seen("other"))
    await shop.write(seen(None))
    with pytest.raises(Outdated):
        await shop.write(seen(None))
    await shop.write(seen("written"))


async def test_no_guard_finds_another_organizations_row(shop: Shop, pool: TenantPool) -> None:
    other = await Shop.open(pool)
    (theirs,) = await other.products(10)
    with pytest.raises(Outdated):
        await shop.write(Changes.of([Touch(table="products", key={"id": theirs}, seen={"status": "active"})]))
    with pytest.raises(Outdated):
        await shop.write(Changes.of(stock_touches([Move(product=theirs, cause=Cause.RESERVED, reserved=1)])))


async def test_a_value_that_is_taken_takes_the_whole_statement_back(shop: Shop, behind: asyncpg.Connection) -> None:
    (product,) = await shop.products(10)
    await shop.place((product, 1), external_reference="PO-1")
    before = await contents(behind)
    with pytest.raises(Taken) as taken:
        await shop.place((product, 3), external_reference="PO-1")
    assert taken.value.fields == ("externalReference",)
    assert await contents(behind) == before


async def test_every_value_that_is_taken_has_the_name_of_its_field(shop: Shop, pool: TenantPool) -> None:
    await shop.create(sku="SKU-1")
    with pytest.raises(Taken) as sku:
        await shop.create(sku="SKU-1")
    with pytest.raises(Taken) as email:
        await shop.register("FIRST@Example.com")
    assert (sku.value.fields, email.value.fields) == (("sku",), ("email",))


async def test_a_number_that_is_taken_asks_for_a_rerun(shop: Shop, behind: asyncpg.Connection) -> None:
    (product,) = await shop.products(10)
    order = await shop.place((product, 1))
    again = replace(order, id=new_id(), lines=tuple(replace(line, id=new_id()) for line in order.lines))
    again = replace(again, events=tuple(replace(event, order_id=again.id) for event in order.events))
    before = await contents(behind)
    with pytest.raises(Outdated):
        await shop.write(order_changes(again, None, shop.stamp))
    assert await contents(behind) == before


@pytest.mark.parametrize("wrong", ["unique", "check", "whose", "foreign", "missing", "long"])
async def test_what_nobody_expects_is_a_bug_and_passes_as_it_is(
    shop: Shop, behind: asyncpg.Connection, wrong: str
) -> None:
    (product,) = await shop.products(10)
    ledger = {
        "id": new_id(),
        "product_id": product,
        "cause": "correction",
        "on_hand": 1,
        "reserved": 0,
        "reference": new_id(),
        "reference_to": "adjustment",
        "note": None,
        "actor": "nobody",
        "at": NOW,
    }
    wrongs: dict[str, tuple[dict[str, Any], str]] = {
        "unique": ({}, "stock_ledger_pkey"),
        "check": ({"cause": "magic"}, "stock_ledger_cause_check"),
        "whose": ({"reference_to": "order"}, "stock_ledger_reference_to_check"),
        "foreign": ({"product_id": new_id()}, "stock_ledger_product_fkey"),
        "missing": ({"actor": None}, ""),
        "long": ({"on_hand": 0}, "stock_ledger_moves_check"),
    }
    different, constraint = wrongs[wrong]
    inserts = [Insert("stock_ledger", ledger)] if wrong == "unique" else []
    before = await contents(behind)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        await shop.write(Changes.of((), [*inserts, Insert("stock_ledger", {**ledger, **different})]))
    assert (refused.value.constraint_name or "") == constraint
    assert await contents(behind) == before


async def test_a_value_that_the_driver_cannot_write_is_a_bug(shop: Shop) -> None:
    wrong = Touch(table="products", key={"id": "no uuid"}, set={"name": "x"})
    with pytest.raises(asyncpg.DataError):
        await shop.write(Changes.of([wrong]))


# Dry runs


async def test_a_dry_run_leaves_no_trace_and_a_usable_connection(
    shop: Shop, behind: asyncpg.Connection, database: Database
) -> None:
    product, other = await shop.products(10, 10)
    order = await shop.place((product, 1))
    before = await contents(behind)
    one = TenantPool.to(database.dsn, size=1)
    trying = shop.trying().through(one)
    async with one.serving(shop.organization) as connection:
        backend = connection.get_server_pid()

    placed = await trying.place((product, 2), (other, 3))
    assert placed.version == 1
    await trying.confirm(order)
    await trying.cancel(order)
    await trying.create()
    await trying.register()
    await trying.adjust(product, 5)
    assert await contents(behind) == before

    async with one.connection() as connection:
        assert not connection.is_in_transaction()
        assert connection.get_server_pid() == backend
    await shop.through(one).place((product, 2))
    await one.close()


async def test_a_dry_run_is_refused_as_the_real_one_would_be(shop: Shop, behind: asyncpg.Connection) -> None:
    (product,) = await shop.products(1)
    await shop.create(sku="SKU-1")
    before = await contents(behind)
    trying = shop.trying()
    with pytest.raises(InventoryInsufficient):
        await trying.place((product, 2))
    with pytest.raises(Taken):
        await trying.create(sku="SKU-1")
    with pytest.raises(Outdated):
        await trying.write(Changes.of(stock_touches([Move(product=product, cause=Cause.RESERVED, reserved=2)])))
    assert await contents(behind) == before
    assert await shop.place((product, 1))


# Waiting


@pytest.fixture
async def held(database: Database, shop: Shop) -> Any:
    """A product whose row somebody else has locked, and the one connection that is to write it."""
    (product,) = await shop.products(10)
    one = TenantPool.to(database.dsn, size=1)
    holder = await asyncpg.connect(database.superuser)
    await holder.execute("BEGIN")
    await holder.execute(f"SELECT FROM products WHERE id = '{product}' FOR UPDATE")
    yield shop.through(one), product, holder
    holder.terminate()
    await one.close()


def reserving(product: ProductId) -> Changes:
    return Changes.of(stock_touches([Move(product=product, cause=Cause.RESERVED, reserved=1)]))


async def test_a_lock_that_is_not_had_in_time_asks_for_a_rerun(held: Any, behind: asyncpg.Connection) -> None:
    shop, product, holder = held
    async with shop.pool.connection() as connection:
        await connection.execute("SET lock_timeout = '50ms'")
    with pytest.raises(Outdated):
        await shop.write(reserving(product))
    await holder.execute("ROLLBACK")
    await shop.write(reserving(product))
    assert await counters(behind, product) == (10, 1)


async def test_a_statement_that_takes_too_long_is_unavailable(held: Any, behind: asyncpg.Connection) -> None:
    shop, product, holder = held
    async with shop.pool.connection() as connection:
        await connection.execute("SET lock_timeout = 0; SET statement_timeout = '50ms'")
    with pytest.raises(Unavailable):
        await shop.write(reserving(product))
    await holder.execute("ROLLBACK")
    await shop.write(reserving(product))
    assert await counters(behind, product) == (10, 1)


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_backend_that_is_terminated_at_work_is_unavailable(
    held: Any, behind: asyncpg.Connection, dry_run: bool
) -> None:
    shop, product, holder = held
    async with shop.pool.connection() as connection:
        backend = connection.get_server_pid()
    writing = asyncio.create_task(replace(shop, dry_run=dry_run).write(reserving(product)))
    await until_waiting(behind, backend)
    await behind.execute("SELECT pg_terminate_backend($1)", backend)
    with pytest.raises(Unavailable):
        await writing
    await holder.execute("ROLLBACK")
    assert await counters(behind, product) == (10, 0)
    await shop.write(reserving(product))


async def test_what_changed_while_one_waited_for_the_lock_counts(held: Any, behind: asyncpg.Connection) -> None:
    shop, product, holder = held
    async with shop.pool.connection() as connection:
        backend = connection.get_server_pid()
    seen = Touch(table="products", key={"id": product}, seen={"unit_price": 1000})
    for change, expected in (("reserved = 10", Outdated), ("unit_price = 1001", Outdated), ("reserved = 9", None)):
        await holder.execute(f"ROLLBACK; UPDATE products SET reserved = 0, unit_price = 1000 WHERE id = '{product}'")
        await holder.execute(f"BEGIN; UPDATE products SET {change} WHERE id = '{product}'")
        writing = asyncio.create_task(shop.write(Changes.of([seen, *reserving(product).touches])))
        await until_waiting(behind, backend)
        await holder.execute("COMMIT")
        if expected:
            with pytest.raises(expected):
                await writing
        else:
            await writing
            assert await counters(behind, product) == (10, 10)


async def test_rows_are_locked_in_the_order_of_their_keys(
    shop: Shop, behind: asyncpg.Connection, database: Database
) -> None:
    """Whoever waits for the first row holds none of the later ones."""
    products = await shop.products(*[10] * 6)
    one = TenantPool.to(database.dsn, size=1)
    async with one.connection() as connection:
        backend = connection.get_server_pid()
    for blocked in (0, 3):
        await behind.execute(f"BEGIN; SELECT FROM products WHERE id = '{products[blocked]}' FOR UPDATE")
        writing = asyncio.create_task(shop.through(one).place(*((p, 1) for p in reversed(products))))
        await until_waiting(behind, backend)
        free = "SELECT id FROM products WHERE organization_id = $1 ORDER BY id FOR UPDATE SKIP LOCKED"
        other = await asyncpg.connect(database.superuser)
        unlocked = [row["id"] for row in await other.fetch(free, shop.organization)]
        await other.close()
        await behind.execute("ROLLBACK")
        await writing
        assert unlocked == products[blocked + 1 :]
    await one.close()


async def test_an_order_is_locked_before_its_products(
    shop: Shop, behind: asyncpg.Connection, database: Database
) -> None:
    products = await shop.products(10, 10)
    order = await shop.place(*((product, 1) for product in products))
    one = TenantPool.to(database.dsn, size=1)
    async with one.connection() as connection:
        backend = connection.get_server_pid()
    await behind.execute(f"BEGIN; SELECT FROM orders WHERE id = '{order.id}' FOR UPDATE")
    cancelling = asyncio.create_task(shop.through(one).cancel(order))
    await until_waiting(behind, backend)
    other = await asyncpg.connect(database.superuser)
    free = "SELECT id FROM products WHERE organization_id = $1 ORDER BY id FOR UPDATE NOWAIT"
    assert len(await other.fetch(free, shop.organization)) == 2
    await other.close()
    await behind.execute("ROLLBACK")
    await cancelling
    await one.close()


# Races


async def test_forty_racing_orders_of_many_lines_take_exactly_what_there_is(
    shop: Shop, behind: asyncpg.Connection
) -> None:
    """Three scarce products among plenty of others, wanted in every order: as many succeed as fit, none deadlocks."""
    scarce, plenty = await shop.products(25, 25, 25), await shop.products(999, 999, 999)
    wanted = [(product, 1) for product in scarce] + [(product, 2) for product in plenty]

    buyers = (shop.place(*shuffled(wanted), answering=True) for _ in range(40))
    results = await asyncio.gather(*buyers, return_exceptions=True)
    refusals = [result for result in results if isinstance(result, BaseException)]
    assert {type(refusal) for refusal in refusals} == {InventoryInsufficient}
    assert len(refusals) == 40 - 25
    assert all({s.product_id for s in refusal.shortages} == set(scarce) for refusal in refusals)
    assert [await counters(behind, product) for product in scarce] == [(25, 25)] * 3
    assert [await counters(behind, product) for product in plenty] == [(999, 50)] * 3
    assert await behind.fetch(STOCK_DOES_NOT_ADD_UP, shop.organization) == []


async def test_of_racing_actions_on_one_order_exactly_one_counts(shop: Shop, behind: asyncpg.Connection) -> None:
    (product,) = await shop.products(100)
    for _ in range(5):
        order = await shop.place((product, 1))
        verbs: list[Callable[[Any], Awaitable[Any]]] = [shop.confirm, shop.cancel] * 3
        results = await asyncio.gather(*(verb(order) for verb in verbs), return_exceptions=True)
        done = [result for result in results if not isinstance(result, Exception)]
        told = await verified(behind, "orders", order.id)
        assert told == 1 + len(done)
        untold = await behind.fetchval("SELECT coalesce(sum(untold), 0) FROM payments WHERE order_id = $1", order.id)
        assert await behind.fetchval("SELECT version FROM orders WHERE id = $1", order.id) == told + untold
    assert await behind.fetch(STOCK_DOES_NOT_ADD_UP, shop.organization) == []
