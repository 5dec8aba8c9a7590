"""The relay on PostgreSQL: what raw SQL cannot do to places in the feed, who may see what waits, and who is faster."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres import PostgresDueScan, PostgresFeed, PostgresRelay, TenantPool, relay
from adapters.postgres.pooled_connection import Pooler
from adapters.postgres.system_connection import SystemConnection
from adapters.postgres.tenant_connection import TenantConnection
from adapters.postgres.unnumbered import UNNUMBERED, event_lag
from adapters.records.relaying import in_order, lock_of
from adapters.system import SystemClock, new_id
from application.feed.ports import BY_POSITION
from application.shared.pages import PageRequest
from tests.adapters.postgres.shop import Shop
from tests.adapters.postgres.test_wall import connect
from tests.adapters.postgres.wire import Wire
from tests.books import mark
from tests.postgres import Database

KEEPS: Final = "OW003"

PLACES: Final = "SELECT position FROM events WHERE organization_id = $1 ORDER BY position"


def relay_of(shop: Shop) -> PostgresRelay:
    return PostgresRelay(shop.pool, SystemClock(), new_id)


async def relayed(shop: Shop) -> int:
    return await relay_of(shop).relay(shop.organization)


@pytest.fixture
async def app(database: Database, shop: Shop) -> AsyncIterator[TenantConnection]:
    """The role that serves, serving the shop, in which three events are numbered and two are not."""
    await shop.products(1)
    await relayed(shop)
    await shop.products(1)
    connection = await connect(database.dsn)
    await connection.serve(shop.organization)
    yield connection
    connection.terminate()


@pytest.fixture
async def system(database: Database) -> AsyncIterator[SystemConnection]:
    connection = await SystemConnection.to(database.dsn, Pooler.NONE, "a test")
    yield connection
    await connection.close()


# Raw SQL


@pytest.mark.parametrize("place", ["position + 100", "NULL", "-1"])
async def test_whoever_has_a_place_keeps_it(app: TenantConnection, place: str) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await app.execute(f"UPDATE events SET position = {place} WHERE position IS NOT NULL")
    assert (refused.value.sqlstate, refused.value.constraint_name) == (KEEPS, "events_numbered_once")


async def test_not_even_a_superuser_gives_it_another(
    app: TenantConnection, behind: asyncpg.Connection, shop: Shop
) -> None:
    with pytest.raises(asyncpg.PostgresError, match="an event keeps its place in the feed: 1"):
        await behind.execute("UPDATE events SET position = 99 WHERE organization_id = $1", shop.organization)


async def test_no_event_is_born_with_a_place(app: TenantConnection) -> None:
    own = await app.fetchrow("SELECT * FROM events WHERE position IS NULL LIMIT 1")
    row = {**own, "id": new_id(), "sequence": 1000, "position": 1000}
    insert = "INSERT INTO events ({}) VALUES ({})"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        await _run(app, insert, row)
    row.pop("position")
    trying = app.transaction()
    await trying.start()
    await _run(app, insert, row)
    await trying.rollback()


async def _run(connection: asyncpg.Connection, insert: str, row: dict[str, Any]) -> None:
    places = ", ".join(f"${place + 1}" for place in range(len(row)))
    await connection.execute(insert.format(", ".join(row), places), *row.values())


@pytest.mark.parametrize(
    "column", ["organization_id", "id", "subject_id", "sequence", "type", "at", "actor", "request_id", "body", "hash"]
)
async def test_nothing_else_of_an_event_is_ever_changed(app: TenantConnection, column: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        await app.execute(f"UPDATE events SET {column} = {column}, position = 77 WHERE position IS NULL")


@pytest.mark.parametrize(("place", "constraint"), [("0", "events_position_check"), ("1", "position_key")])
async def test_no_place_is_before_the_first_or_given_twice(app: TenantConnection, place: str, constraint: str) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=constraint):
        await app.execute(f"UPDATE events SET position = {place} WHERE position IS NULL")


async def test_the_system_sees_whose_they_are_and_whether_they_wait(database: Database, shop: Shop) -> None:
    connection = await asyncpg.connect(database.dsn, server_settings={"role": "orderwright_system"})
    waiting = await connection.fetch("SELECT organization_id, id FROM events WHERE position IS NULL")
    assert shop.organization in {row["organization_id"] for row in waiting}
    for column in ("subject_id", "type", "at", "actor", "body", "personal"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT {column} FROM events")
    for table in ("webhook_endpoints", "delivery_attempts"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT FROM {table}")
    await connection.close()


# Who is faster


@pytest.fixture
async def overtaking(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Any]]:
    """Let something happen between a relay's look and its write, once."""
    flush = relay.flush

    def overtaken_by(other: Callable[[], Awaitable[object]]) -> None:
        async def late(*given: Any) -> Any:
            monkeypatch.setattr(relay, "flush", flush)
            await other()
            return await flush(*given)

        monkeypatch.setattr(relay, "flush", late)

    yield overtaken_by
    assert relay.flush is flush, "it was overtaken"


async def test_whom_another_overtakes_writes_nothing(
    shop: Shop, behind: asyncpg.Connection, overtaking: Callable[..., Any]
) -> None:
    overtaking(lambda: relayed(shop))
    assert await relayed(shop) == 0
    places = [row["position"] for row in await behind.fetch(PLACES, shop.organization)]
    assert places == list(range(1, len(places) + 1))


async def test_whom_another_overtakes_with_other_events_finds_the_places_taken(
    shop: Shop, behind: asyncpg.Connection, overtaking: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One event at a time: the slower one has seen some, the faster one takes one that has come since, with an older
    id. Both would be the first.
    """
    monkeypatch.setattr(relay, "BATCH", 1)

    async def an_older_one() -> None:
        row = await behind.fetchrow("SELECT * FROM events WHERE organization_id = $1 LIMIT 1", shop.organization)
        mark(shop.organization)
        older = {**row, "id": UUID(int=1 << 80), "subject_id": new_id()}
        await _run(behind, "INSERT INTO events ({}) VALUES ({})", older)
        assert await relayed(shop) == 1

    overtaking(an_older_one)
    assert await relayed(shop) == 0
    assert await relayed(shop) == 1
    places = await behind.fetch(
        "SELECT id FROM events WHERE organization_id = $1 AND position IS NOT NULL ORDER BY position", shop.organization
    )
    assert len(places) == 2
    assert places[0]["id"] == UUID(int=1 << 80)


async def test_while_somebody_else_holds_the_lock_nobody_waits(shop: Shop, behind: asyncpg.Connection) -> None:
    holding = behind.transaction()
    await holding.start()
    await behind.execute("SELECT pg_advisory_xact_lock($1)", lock_of(shop.organization))
    assert await relayed(shop) == 0
    await holding.rollback()
    assert await relayed(shop) > 0


async def test_a_failure_numbers_nothing_and_tells_nobody(
    shop: Shop, behind: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are one statement: an endpoint that is not there takes the numbers back, too."""
    real = relay.relayed
    nobody = [{"id": new_id(), "event_types": []}]

    def to_nobody(organization: UUID, waiting: Any, **how: Any) -> Any:
        return real(organization, type(waiting)(**{**_fields(waiting), "endpoints": nobody}), **how)

    monkeypatch.setattr(relay, "relayed", to_nobody)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await relayed(shop)
    assert {row["position"] for row in await behind.fetch(PLACES, shop.organization)} == {None}


def _fields(waiting: Any) -> dict[str, Any]:
    return {name: getattr(waiting, name) for name in ("events", "last", "endpoints", "mail")}


# What it costs


async def test_a_batch_takes_two_round_trips_and_a_page_one(wire: Wire) -> None:
    pool = TenantPool.to(wire.dsn, size=1)
    shop = await Shop.open(pool)
    feed, request = PostgresFeed(pool), PageRequest(sort=BY_POSITION)
    for _ in range(2):
        await shop.products(1, 1)
        await relayed(shop)
        await feed.page(shop.organization, request)
    await shop.products(1, 1)
    before = wire.trips
    assert await relayed(shop) == 4
    assert wire.trips - before == 2
    await feed.page(shop.organization, request)
    assert wire.trips - before == 3
    await pool.close()


# What the system looks for


async def test_the_scan_finds_the_organizations_in_which_events_wait(pool: TenantPool, database: Database) -> None:
    shops = [await Shop.open(pool) for _ in range(3)]
    await relayed(shops[1])
    scan = PostgresDueScan(database.dsn, due=UNNUMBERED)
    found = await scan.due(100_000)
    but = await scan.due(100_000, but=[shops[0].organization])
    await scan.close()
    assert all(organization == same for organization, same in found)
    whose = [organization for organization, _ in found]
    assert len(whose) == len(set(whose))
    assert {shop.organization for shop in shops} & set(whose) == {shops[0].organization, shops[2].organization}
    assert {organization for organization, _ in but} == set(whose) - {shops[0].organization}


async def test_the_lag_is_how_many_wait_and_since_when(own_database: Database) -> None:
    pool = TenantPool.to(own_database.dsn, size=2)
    system = await SystemConnection.to(own_database.dsn, Pooler.NONE, "a test")
    shop, other = await Shop.open(pool), await Shop.open(pool)
    behind = await event_lag(system)
    async with pool.serving(shop.organization) as connection:
        waiting = await connection.fetchval("SELECT count(*) FROM events")
    async with pool.serving(other.organization) as connection:
        waiting += await connection.fetchval("SELECT count(*) FROM events")
    assert behind.waiting == waiting > 0
    assert 0.0 < behind.seconds < 60.0
    for one in (shop, other):
        await relayed(one)
    assert await event_lag(system) == type(behind)(waiting=0, seconds=0.0)
    await system.close()
    await pool.close()


# Order


def test_ids_decide_between_subjects_and_sequence_within_one() -> None:
    one, other = UUID(int=0xA), UUID(int=0xB)
    events = [
        {"id": UUID(int=made), "subject": "order", "subject_id": subject, "sequence": sequence}
        for made, subject, sequence in ((1, one, 2), (2, other, 1), (5, one, 1), (6, other, 2), (3, one, 3))
    ]
    assert [(event["subject_id"], event["sequence"]) for event in in_order(events)] == [
        (other, 1),
        (one, 1),
        (one, 2),
        (one, 3),
        (other, 2),
    ]
