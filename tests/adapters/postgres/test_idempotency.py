"""Keys on PostgreSQL: what is in progress is said at once, and a COMMIT whose answer was lost is looked up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres import Pooler, TenantPool, pooled_connection
from adapters.postgres.cleaning import remove_expired_answers
from adapters.postgres.tenant_connection import SERVER_SETTINGS
from adapters.records.answers import RETENTION
from adapters.system import new_id, new_number
from application.ordering.place_order import PlaceOrder, PlaceOrderHandler, WantedItem
from application.shared.answering import Answering
from application.shared.claim import Answered, Claim
from application.shared.errors import InDoubt, KeyExpired, KeyInProgress, Unavailable
from domain.ids import ProductId
from tests.adapters.postgres.pooler import TransactionPooler
from tests.adapters.postgres.shop import HOME, Shop, counters, until_waiting
from tests.adapters.postgres.wire import Wire
from tests.contract.keys import SEALING, claim
from tests.people import Overtaken
from tests.postgres import Database
from tests.service.mortal import PATIENT
from tests.trials import trials

AT_ONCE = 1.0
"""Seconds, on a busy machine: nobody has waited for a lock, which is held until this has been asked."""


async def place(shop: Shop, product: ProductId, key: Claim | None = None, begin: Any = None) -> Answered:
    """Order one unit under a key."""
    command = PlaceOrder(
        caller=shop.caller,
        customer_id=shop.customer,
        items=(WantedItem(product, 1),),
        shipping_address=HOME,
    )
    handler = PlaceOrderHandler(begin or shop.begin, new_id, new_number)
    return await Answering(handler, shop.begin, SEALING).once(command, key or claim())


async def orders(behind: asyncpg.Connection, shop: Shop) -> int:
    count: int = await behind.fetchval("SELECT count(*) FROM orders WHERE organization_id = $1", shop.organization)
    return count


@asynccontextmanager
async def locked(behind: asyncpg.Connection, product: ProductId) -> AsyncIterator[None]:
    """Hold a product, so that whoever orders it gets as far as its lock and no further."""
    async with behind.transaction():
        await behind.execute("SELECT FROM products WHERE id = $1 FOR UPDATE", product)
        yield


async def until_placed(behind: asyncpg.Connection, shop: Shop, count: int) -> None:
    """Wait until there are so many orders."""
    async with asyncio.timeout(5):
        while await orders(behind, shop) < count:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.002)


async def waiting(database: Database) -> int:
    """Wait until somebody waits for a lock, and return his backend."""
    connection = await asyncpg.connect(database.superuser)
    try:
        async with asyncio.timeout(5):
            while True:
                if pid := await connection.fetchval(
                    "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
                ):
                    return int(pid)
                await asyncio.sleep(0.002)
    finally:
        await connection.close()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that holds a lock does so for longer than the service would wait, on a busy machine."""
    opening = pooled_connection.OPENING
    for name, time in PATIENT.items():
        opening = opening.replace(f"{name} = '{SERVER_SETTINGS.get(name)}'", f"{name} = '{time}'")
        monkeypatch.setitem(SERVER_SETTINGS, name, time)
    monkeypatch.setattr(pooled_connection, "OPENING", opening)


@pytest.fixture(params=[Pooler.NONE, Pooler.TRANSACTION])
async def served(request: pytest.FixtureRequest, shop: Shop, database: Database) -> AsyncIterator[Shop]:
    """The shop, straight and through a pooler."""
    async with TransactionPooler.to(database, sessions=4) as pooler:
        dsn = database.dsn if request.param is Pooler.NONE else pooler.dsn
        pool = TenantPool.to(dsn, request.param, size=4)
        yield shop.through(pool)
        await pool.close()


# In progress


async def test_what_is_in_progress_is_said_at_once(
    served: Shop, database: Database, behind: asyncpg.Connection
) -> None:
    (product,) = await served.products(10)
    await place(served, product, claim("warm"))
    async with locked(behind, product):
        first = asyncio.ensure_future(place(served, product))
        await waiting(database)
        began = monotonic()
        with pytest.raises(KeyInProgress):
            await place(served, product)
        assert monotonic() - began < AT_ONCE
        assert not first.done()
    answer = await first
    again = await place(served, product)
    assert (again.answer, again.replayed, answer.replayed) == (answer.answer, True, False)
    assert await orders(behind, served) == 2


async def test_another_key_is_not_in_progress(served: Shop, database: Database, behind: asyncpg.Connection) -> None:
    one, two = await served.products(10, 10)
    async with locked(behind, one):
        first = asyncio.ensure_future(place(served, one, claim("one")))
        await waiting(database)
        assert not (await place(served, two, claim("two"))).replayed
    assert not (await first).replayed


async def test_whose_key_is_in_progress_keeps_his_connection(
    shop: Shop, database: Database, behind: asyncpg.Connection
) -> None:
    """To be told so is no failure of the connection."""
    (product,) = await shop.products(10)
    one = shop.through(TenantPool.to(database.dsn, size=1))
    async with one.pool.serving(one.organization) as connection:
        backend = connection.get_server_pid()
    async with locked(behind, product):
        first = asyncio.ensure_future(place(shop, product))
        await waiting(database)
        with pytest.raises(KeyInProgress):
            await place(one, product)
    await first
    async with one.pool.serving(one.organization) as connection:
        assert connection.get_server_pid() == backend
    await one.pool.close()


# A COMMIT whose answer was lost


async def test_a_commit_whose_answer_was_lost_is_found(shop: Shop, wire: Wire, behind: asyncpg.Connection) -> None:
    for number in range(trials(100, 5)):
        (product,) = await shop.products(10)
        far = shop.through(TenantPool.to(wire.dsn, size=2))
        await place(far, product, claim(f"warm-{number}"))

        async def unheard() -> None:
            """After the look, before the commit."""
            wire.hold_answers()

        key = claim(f"lost-{number}")
        sending = asyncio.ensure_future(place(far, product, key, begin=Overtaken(far.begin, [unheard])))
        await until_placed(behind, shop, 2 * number + 2)
        assert not sending.done()
        wire.cut()
        assert (await place(shop, product, key)).answer == (await sending).answer
        assert await orders(behind, shop) == 2 * number + 2
        assert await counters(behind, product) == (10, 2)
        await far.pool.close()


async def test_without_a_key_a_lost_answer_is_told(shop: Shop, wire: Wire, behind: asyncpg.Connection) -> None:
    """A rerun could do it twice."""
    (product,) = await shop.products(10)
    far = shop.through(TenantPool.to(wire.dsn, size=1))
    async with locked(behind, product):
        sending = asyncio.ensure_future(far.place((product, 1), answering=True))
        await wire.until_sent("INSERT INTO orders")
        wire.cut()
        with pytest.raises(InDoubt):
            await sending
    await far.pool.close()


async def test_of_a_rehearsal_there_is_no_doubt(shop: Shop, wire: Wire, behind: asyncpg.Connection) -> None:
    """Whatever became of its statement, nothing stays."""
    (product,) = await shop.products(10)
    far = shop.trying().through(TenantPool.to(wire.dsn, size=1))
    async with locked(behind, product):
        sending = asyncio.ensure_future(far.place((product, 1), answering=True))
        await wire.until_sent("INSERT INTO orders")
        wire.cut()
        with pytest.raises(Unavailable) as lost:
            await sending
        assert not isinstance(lost.value, InDoubt)
    async with locked(behind, product):  # once the lost one is over: it stands before us
        assert await counters(behind, product) == (10, 0)
    await far.pool.close()


async def test_what_was_killed_in_the_middle_is_done_anew(
    shop: Shop, database: Database, behind: asyncpg.Connection
) -> None:
    (product,) = await shop.products(10)
    async with locked(behind, product):
        sending = asyncio.ensure_future(place(shop, product))
        await behind.execute("SELECT pg_terminate_backend($1)", await waiting(database))
        await waiting(database)
    answer = await sending
    assert (answer.answer.status, answer.replayed) == (201, False)
    assert await counters(behind, product) == (10, 1)


async def test_what_nobody_hears_of_is_in_progress_until_it_is_done(
    shop: Shop, wire: Wire, database: Database, behind: asyncpg.Connection
) -> None:
    """The connection broke, and the server goes on: whoever asks again meets it at work, then finds its answer."""
    (product,) = await shop.products(10)
    far = shop.through(TenantPool.to(wire.dsn, size=1))
    async with locked(behind, product):
        sending = asyncio.ensure_future(place(far, product))
        backend = await waiting(database)
        wire.cut()
        with pytest.raises(KeyInProgress):
            await sending
        await until_waiting(behind, backend)
    await until_placed(behind, shop, 1)
    assert (await place(shop, product)).replayed
    assert await counters(behind, product) == (10, 1)
    await far.pool.close()


async def test_a_database_that_stays_away_is_told_as_such(shop: Shop, wire: Wire, behind: asyncpg.Connection) -> None:
    (product,) = await shop.products(10)
    far = shop.through(TenantPool.to(wire.dsn + "1", size=1))
    with pytest.raises(Unavailable):
        await place(far, product)
    assert await orders(behind, shop) == 0


# What is kept


async def test_an_order_remembers_its_key_when_the_answer_is_gone(shop: Shop, behind: asyncpg.Connection) -> None:
    """Gone between look and commit: the order's own constraint outdates who is slower; his rerun finds the order."""
    (product,) = await shop.products(10)

    async def duplicate() -> None:
        await place(shop, product)
        await behind.execute("DELETE FROM idempotency_keys WHERE organization_id = $1", shop.organization)

    with pytest.raises(KeyExpired) as expired:
        await place(shop, product, begin=Overtaken(shop.begin, [duplicate]))
    assert expired.value.id == await behind.fetchval(
        "SELECT id FROM orders WHERE organization_id = $1", shop.organization
    )
    assert await orders(behind, shop) == 1


async def expire(behind: asyncpg.Connection, organization: UUID) -> None:
    await behind.execute(
        "UPDATE idempotency_keys SET expires_at = now() - interval '1 s' WHERE organization_id = $1", organization
    )


@pytest.mark.parametrize("pooler", Pooler)
async def test_what_has_expired_is_cleaned_up_in_every_organization(
    shop: Shop, pool: TenantPool, database: Database, behind: asyncpg.Connection, pooler: Pooler
) -> None:
    await behind.execute("DELETE FROM idempotency_keys")
    other = await Shop.open(pool)
    for each in (shop, other):
        (product,) = await each.products(10)
        for number in range(3):
            await place(each, product, claim(f"{number}"))
        await expire(behind, each.organization)
        await place(each, product, claim("standing"))
    async with TransactionPooler.to(database, sessions=1) as through:
        dsn = database.dsn if pooler is Pooler.NONE else through.dsn
        assert await remove_expired_answers(dsn, pooler) == 6
        assert await remove_expired_answers(dsn, pooler) == 0
    assert await behind.fetchval("SELECT count(*) FROM idempotency_keys") == 2
    with pytest.raises(KeyExpired):
        await place(shop, (await shop.products(1))[0], claim("0"))


async def test_what_expired_over_days_is_removed_in_slices(
    shop: Shop, database: Database, behind: asyncpg.Connection
) -> None:
    await behind.execute("DELETE FROM idempotency_keys")
    await behind.execute(
        "INSERT INTO idempotency_keys SELECT $1, 'user', sha256(n::text::bytea), sha256(''), 204, '', '', false,"
        " at - interval '1 day', at FROM generate_series(1, 1000) n, LATERAL (SELECT now() - n * interval '7 s') t(at)",
        shop.organization,
    )
    assert await remove_expired_answers(database.dsn) == 1000


async def test_who_cleans_up_sees_neither_answers_nor_keys_nor_what_still_stands(
    shop: Shop, database: Database, behind: asyncpg.Connection
) -> None:
    (product,) = await shop.products(10)
    await place(shop, product)
    connection = await asyncpg.connect(database.dsn, server_settings={"role": "orderwright_system"})
    try:
        for column in ("body", "key_hash", "principal", "organization_id", "fingerprint"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"SELECT {column} FROM idempotency_keys")
        standing = "SELECT count(expires_at) FROM idempotency_keys WHERE expires_at > now()"
        assert await connection.fetchval(standing) == 0
        assert await behind.fetchval(standing) > 0
        before = await behind.fetchval("SELECT count(*) FROM idempotency_keys WHERE expires_at > now()")
        await connection.execute("DELETE FROM idempotency_keys")
        assert await behind.fetchval("SELECT count(*) FROM idempotency_keys") == before
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("UPDATE idempotency_keys SET expires_at = now()")
    finally:
        await connection.close()


async def test_an_answer_is_kept_for_a_day(shop: Shop, behind: asyncpg.Connection) -> None:
    (product,) = await shop.products(10)
    await place(shop, product)
    (kept,) = await behind.fetch(
        "SELECT expires_at - created_at AS long FROM idempotency_keys WHERE organization_id = $1", shop.organization
    )
    assert kept["long"] == RETENTION
