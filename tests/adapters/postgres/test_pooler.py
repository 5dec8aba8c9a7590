"""Behind a transaction pooler: sessions mix, and still nobody sees another organization's rows."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
import pytest

from adapters.postgres import Pooler, PostgresCredentials, PostgresReadiness, TenantPool
from adapters.postgres.pooled_connection import PASSED_ON, PooledConnection
from adapters.postgres.start_check import WallMissing, check_wall
from adapters.postgres.tenant_connection import SERVER_SETTINGS, TenantConnection
from application.shared.errors import Outdated, Unavailable
from domain.ordering.errors import OrderNotFound
from domain.shared.errors import Taken
from tests.adapters.postgres.pooler import TransactionPooler
from tests.adapters.postgres.shop import STOCK_DOES_NOT_ADD_UP, Shop, contents
from tests.postgres import Database
from tests.trials import trials

SESSIONS = 2
CLIENTS = 6

WHO = "SELECT current_setting('app.organization')"
WHOSE = "SELECT DISTINCT organization_id FROM customers"
"""Without any filter of its own."""


@pytest.fixture
async def pooler(database: Database) -> AsyncIterator[TransactionPooler]:
    async with TransactionPooler.to(database, sessions=SESSIONS) as pooler:
        yield pooler


@pytest.fixture
async def pooled(pooler: TransactionPooler) -> AsyncIterator[TenantPool]:
    pool = TenantPool.to(pooler.dsn, Pooler.TRANSACTION, size=CLIENTS, patience=5)
    yield pool
    await pool.close()


@pytest.fixture
async def ours(pooled: TenantPool) -> Shop:
    return await Shop.open(pooled)


@pytest.fixture
async def theirs(pooled: TenantPool) -> Shop:
    return await Shop.open(pooled)


async def sessions_are_clean(pooler: TransactionPooler) -> None:
    """Whichever session one gets: no role, no organization, no timeouts of ours are left on it."""
    connection = await asyncpg.connect(pooler.dsn, statement_cache_size=0)
    for _ in range(2 * SESSIONS):
        async with connection.transaction():
            left = await connection.fetchrow(
                "SELECT current_user::text, coalesce(current_setting('app.organization', true), ''),"
                " current_setting('statement_timeout')"
            )
        assert tuple(left) == ("orderwright", "", "0")
    await connection.close()


async def whose(pool: TenantPool, shop: Shop) -> set[Any]:
    async with pool.serving(shop.organization) as connection:
        return {row[0] for row in await connection.fetch(WHOSE)}


# What the pooler is, or none of this would show anything


async def test_what_is_set_for_a_session_leaks_to_whoever_comes_next(database: Database, pool: TenantPool) -> None:
    """The naive way: our role and our organization, set once on what looks like a connection."""
    ours, theirs = [await Shop.open(pool) for _ in range(2)]
    async with TransactionPooler.to(database, sessions=1) as pooler:
        connections = []
        for shop in (ours, theirs):
            connection = await asyncpg.connect(pooler.dsn, connection_class=TenantConnection, statement_cache_size=0)
            await connection.execute("SET ROLE orderwright_app")
            await connection.execute(f"SET app.organization = '{shop.organization}'")
            connections.append(connection)
        assert [tuple(row) for row in await connections[0].fetch(WHOSE)] == [(theirs.organization,)]
        for connection in connections:
            await connection.close()


async def test_a_session_is_lent_for_a_transaction_and_no_longer(pooler: TransactionPooler) -> None:
    connection = await asyncpg.connect(pooler.dsn, statement_cache_size=0)
    pid = "SELECT pg_backend_pid()"
    async with connection.transaction():
        assert await connection.fetchval(pid) == await connection.fetchval(pid)
    seen = set()
    for _ in range(SESSIONS):
        async with connection.transaction():
            seen.add(await connection.fetchval(pid))
    assert len(seen) == SESSIONS
    assert connection.get_server_pid() not in seen
    await connection.close()


# The check before serving


async def refused(dsn: str, mode: Pooler = Pooler.NONE) -> str:
    pool = TenantPool.to(dsn, mode, size=1)
    try:
        with pytest.raises(WallMissing) as missing:
            await check_wall(pool)
    finally:
        await pool.close()
    return str(missing.value)


async def test_nobody_serves_behind_it_without_saying_so(pooler: TransactionPooler) -> None:
    said = await refused(pooler.dsn)
    assert "unsupported startup parameter" in said
    assert "ORDERWRIGHT_DATABASE_POOLER=transaction" in said


async def test_nor_when_it_swallows_what_it_does_not_know(database: Database) -> None:
    async with TransactionPooler.to(database, sessions=SESSIONS, ignored=frozenset(SERVER_SETTINGS)) as pooler:
        assert "ORDERWRIGHT_DATABASE_POOLER=transaction" in await refused(pooler.dsn)


async def test_who_says_so_may_serve(pooled: TenantPool) -> None:
    await check_wall(pooled)
    await PostgresReadiness(pooled).check()


async def test_a_hole_is_seen_through_it(own_database: Database) -> None:
    admin = await asyncpg.connect(own_database.superuser)
    await admin.execute("ALTER TABLE orders DISABLE ROW LEVEL SECURITY; ALTER TABLE events OWNER TO orderwright_app")
    await admin.close()
    async with TransactionPooler.to(own_database, sessions=1) as pooler:
        said = await refused(pooler.dsn, Pooler.TRANSACTION)
    assert "row security does not hold on orders" in said
    assert "orderwright_app owns the table events" in said


# A use is a transaction


async def test_role_and_timeouts_hold_within_and_are_gone_after(pooled: TenantPool, pooler: TransactionPooler) -> None:
    async with pooled.connection() as connection:
        local = {name: value for name, value in SERVER_SETTINGS.items() if name not in PASSED_ON}
        assert {name: await connection.fetchval(f"SHOW {name}") for name in local} == local
        assert await connection.fetchval("SELECT current_user::text") == "orderwright_app"
    await sessions_are_clean(pooler)


async def test_without_an_organization_there_is_an_error_whoever_was_served_before(
    pooled: TenantPool, ours: Shop
) -> None:
    for _ in range(2 * SESSIONS):
        assert await whose(pooled, ours) == {ours.organization}
        with pytest.raises(asyncpg.PostgresError, match=r"app\.organization|uuid"):
            async with pooled.connection() as connection:
                await connection.fetch(WHOSE)


async def test_every_use_takes_four_round_trips(pooler: TransactionPooler, ours: Shop) -> None:
    """BEGIN and all that is set, parse, execute, COMMIT; a dry run says ROLLBACK instead."""
    one = TenantPool.to(pooler.dsn, Pooler.TRANSACTION, size=1)
    shop, (first, second) = ours.through(one), await ours.products(99, 99)
    order = await shop.place((first, 1))
    uses = {
        "list": shop.list,
        "get": lambda: shop.get(order.id),
        "place": lambda: shop.place((first, 1)),
        "place two lines": lambda: shop.place((first, 1), (second, 1)),
        "place, dry run": lambda: shop.trying().place((first, 1)),
        "login": lambda: PostgresCredentials(one).find(ours.slug, "owner@example.com"),
        "readiness": PostgresReadiness(one).check,
    }

    async def trips(use: Callable[[], Awaitable[Any]]) -> int:
        before = pooler.trips
        await use()
        return pooler.trips - before

    for use in uses.values():
        await use()  # the driver asks once for types that it does not know
    assert {name: await trips(use) for name, use in uses.items()} == {
        "list": 4,
        "get": 4,
        "place": 8,
        "place two lines": 8,
        "place, dry run": 8,
        "login": 7,
        "readiness": 3,
    }
    await one.close()


async def test_orders_live_their_whole_life(pooled: TenantPool, ours: Shop, behind: asyncpg.Connection) -> None:
    (product,) = await ours.products(10)
    order = await ours.place((product, 2))
    for verb in ("confirm", "ship", "deliver", "send_back"):
        order = await getattr(ours, verb)(order)
    assert (await ours.get(order.id)).status == "returned"
    assert [shown.id for shown in (await ours.list()).items] == [order.id]
    assert await behind.fetch(STOCK_DOES_NOT_ADD_UP, ours.organization) == []


async def test_a_login_reads_its_own_member(pooled: TenantPool, ours: Shop, theirs: Shop) -> None:
    credentials = PostgresCredentials(pooled)
    for shop in (ours, theirs, ours):
        found = await credentials.find(shop.slug, "OWNER@example.com")
        assert found is not None
        assert found.organization == shop.organization
    assert await credentials.find("no-such-slug", "owner@example.com") is None


async def test_nothing_of_a_dry_run_stays(pooler: TransactionPooler, ours: Shop, behind: asyncpg.Connection) -> None:
    (product,) = await ours.products(10)
    before = await contents(behind)
    assert (await ours.trying().place((product, 10))).version == 1
    assert await contents(behind) == before
    await sessions_are_clean(pooler)
    await ours.place((product, 10))


async def test_what_is_refused_leaves_the_session_clean(pooler: TransactionPooler, ours: Shop) -> None:
    for shop in (ours, ours.trying()):
        with pytest.raises(Taken):
            await shop.register("first@example.com")
    assert pooler.closed == 0
    await sessions_are_clean(pooler)


async def test_a_refusal_that_nobody_mentions_is_no_success(
    pooled: TenantPool, ours: Shop, behind: asyncpg.Connection
) -> None:
    async def swallow() -> None:
        async with pooled.serving(ours.organization) as connection:
            await connection.execute("UPDATE organizations SET name = 'Changed'")
            with suppress(asyncpg.PostgresError):
                await connection.execute("SELECT 1 / 0")

    with pytest.raises(RuntimeError, match="COMMIT became ROLLBACK"):
        await swallow()
    name = "SELECT name FROM organizations WHERE id = $1"
    assert await behind.fetchval(name, ours.organization) == "Shop"


async def test_a_lost_commit_is_unavailable_and_may_have_happened(
    pooler: TransactionPooler, pooled: TenantPool, ours: Shop, behind: asyncpg.Connection
) -> None:
    async def rename() -> None:
        async with pooled.serving(ours.organization) as connection:
            await connection.execute("UPDATE organizations SET name = 'Changed'")
            pooler.sent.clear()
            pooler.hold_answers()

    task = asyncio.create_task(rename())
    await pooler.until_sent("COMMIT")
    await asyncio.sleep(0.05)
    pooler.hang_up()
    with pytest.raises(Unavailable):
        await task
    pooler.let_answers_pass()
    name = "SELECT name FROM organizations WHERE id = $1"
    assert await behind.fetchval(name, ours.organization) == "Changed"
    assert await whose(pooled, ours) == {ours.organization}


# No stale organization


async def test_an_organization_is_set_within_its_transaction_and_only_once(
    pooler: TransactionPooler, pooled: TenantPool, ours: Shop, theirs: Shop
) -> None:
    outside = await asyncpg.connect(pooler.dsn, connection_class=PooledConnection, statement_cache_size=0)
    with pytest.raises(RuntimeError, match="within the transaction"):
        await outside.serve(ours.organization)
    await outside.close()
    async with pooled.serving(ours.organization) as connection:
        await connection.serve(ours.organization)  # nothing to set
        with pytest.raises(RuntimeError, match="one organization"):
            await connection.serve(theirs.organization)
    with pytest.raises(TypeError):
        async with pooled.serving(str(ours.organization)):  # type: ignore[arg-type]
            raise AssertionError


@pytest.mark.parametrize("moment", ["BEGIN", "pg_sleep", "COMMIT"])
async def test_who_is_cancelled_leaves_nothing_to_anybody(
    pooler: TransactionPooler, pooled: TenantPool, ours: Shop, theirs: Shop, moment: str
) -> None:
    """Cancelled when the server has done it and nobody has heard."""
    lent: list[TenantConnection] = []

    async def use() -> None:
        async with pooled.serving(ours.organization) as connection:
            lent.append(connection)
            if moment == "pg_sleep":
                pooler.hold_answers()
            await connection.execute("SELECT pg_sleep(0)")
            pooler.hold_answers()

    pooler.sent.clear()
    if moment == "BEGIN":
        pooler.hold_answers()
    task = asyncio.create_task(use())
    await pooler.until_sent(moment)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    pooler.let_answers_pass()
    assert all(connection.is_closed() for connection in lent)
    await sessions_are_clean(pooler)
    for shop in (theirs, ours):
        for _ in range(SESSIONS):
            assert await whose(pooled, shop) == {shop.organization}


async def test_whatever_is_cancelled_or_fails_nobody_sees_another_organizations_rows(
    pooler: TransactionPooler, pooled: TenantPool, ours: Shop, theirs: Shop
) -> None:
    """Reads without any filter of their own, with cancels, errors and logins among them."""
    answers = wrong = 0
    credentials = PostgresCredentials(pooled)

    async def read(shop: Shop) -> None:
        nonlocal answers, wrong
        chance = random.random()
        if chance < 0.1:
            found = await credentials.find(shop.slug, "owner@example.com")
            assert found is not None
            seen = {found.organization}
        else:
            async with pooled.serving(shop.organization) as connection:
                if chance < 0.2:
                    await connection.fetch("SELECT 1 / 0")
                seen = {row[0] for row in await connection.fetch(WHOSE)}
                if chance < 0.25:
                    raise ZeroDivisionError
        answers += 1
        wrong += seen != {shop.organization}

    async def reader(times: int) -> None:
        for _ in range(times):
            with suppress(TimeoutError, ZeroDivisionError, asyncpg.PostgresError):
                async with asyncio.timeout(random.choice((None, None, random.uniform(0, 0.004)))):
                    await read(random.choice((ours, theirs)))

    many = trials(5_000, 400)
    await asyncio.gather(*(reader(many // CLIENTS) for _ in range(CLIENTS)))
    assert wrong == 0
    assert answers > many // 4
    assert len(pooler.lent) > 2 * CLIENTS, "sessions did not mix"
    await sessions_are_clean(pooler)


async def test_two_organizations_at_work_at_once_stay_apart(
    pooler: TransactionPooler, ours: Shop, theirs: Shop, behind: asyncpg.Connection
) -> None:
    """Orders placed, confirmed, tried and looked at by many at once, on two sessions."""
    stock = {shop: await shop.products(1_000) for shop in (ours, theirs)}
    count = trials(200, 20)

    async def trade(shop: Shop, other: Shop) -> None:
        order = await shop.place((stock[shop][0], 1), answering=True)
        await shop.confirm(order)
        with suppress(Outdated):
            await shop.trying().place((stock[shop][0], 1))
        assert (await shop.get(order.id)).id == order.id
        with pytest.raises(OrderNotFound):
            await other.get(order.id)

    await asyncio.gather(*(trade(*random.sample((ours, theirs), 2)) for _ in range(count)))
    placed = 0
    for shop in (ours, theirs):
        assert await behind.fetch(STOCK_DOES_NOT_ADD_UP, shop.organization) == []
        placed += await behind.fetchval("SELECT count(*) FROM orders WHERE organization_id = $1", shop.organization)
    assert placed == count
    assert pooler.closed == 0
