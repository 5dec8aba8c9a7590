"""Migrations lead to what the tables say, back to nothing, and there again; and any number may try at once."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.postgres import TenantPool
from adapters.postgres.migrating import migrate_down, migrate_up, migration_gaps
from adapters.records.schema import metadata
from tests.adapters.postgres.catalogue import everything, shape, violations
from tests.adapters.postgres.shop import Shop
from tests.postgres import Database, Server


@pytest.fixture
async def empty(server: Server, database: Database) -> AsyncIterator[Database]:
    """A database in which the login has its roles, and there is nothing else."""
    own = Database(server, f"{database.name}_empty")
    await server.create(own.name)
    yield own
    connection = await asyncpg.connect(server.as_superuser())
    await connection.execute(f'DROP DATABASE "{own.name}" WITH (FORCE)')
    await connection.close()


async def schema(database: Database, *, whole: bool = True) -> dict[str, dict[str, str]]:
    connection = await asyncpg.connect(database.superuser)
    try:
        return await (everything if whole else shape)(connection)
    finally:
        await connection.close()


async def test_a_migrated_database_is_what_the_tables_say(database: Database, empty: Database) -> None:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(empty.superuser), poolclass=NullPool
    )
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    wanted, migrated = await schema(empty, whole=False), await schema(database, whole=False)
    assert len(wanted["columns"]) > 100
    assert len(wanted["constraints"]) > 100
    assert len(wanted["indexes"]) > 20
    assert [sorted(facts.items() ^ wanted[kind].items()) for kind, facts in migrated.items()] == [[]] * len(wanted)


async def test_alembic_finds_nothing_missing(database: Database) -> None:
    assert await migration_gaps(database.dsn) is None


async def test_alembic_finds_what_is_missing(own_database: Database) -> None:
    connection = await asyncpg.connect(own_database.superuser)
    await connection.execute("ALTER TABLE orders DROP COLUMN note")
    await connection.close()
    gaps = await migration_gaps(own_database.dsn)
    assert gaps is not None
    assert "note" in gaps


async def test_up_down_up_leaves_the_same_schema_rows_of_two_organizations_or_not(own_database: Database) -> None:
    at_first = await schema(own_database)
    pool = TenantPool.to(own_database.dsn, size=2)
    for _ in range(2):
        shop = await Shop.open(pool)
        (product,) = await shop.products(10)
        order = await shop.place((product, 2))
        await shop.send_back(await shop.ship(await shop.confirm(order)))
    await pool.close()

    await migrate_down(own_database.dsn, "base")
    down = await schema(own_database)
    assert down == {kind: {} for kind in at_first}

    await migrate_up(own_database.dsn)
    assert await schema(own_database) == at_first
    assert await migration_gaps(own_database.dsn) is None


async def test_migrating_what_is_migrated_changes_nothing(own_database: Database) -> None:
    pool = TenantPool.to(own_database.dsn, size=1)
    shop = await Shop.open(pool)
    (product,) = await shop.products(5)
    await migrate_up(own_database.dsn)
    assert (await shop.place((product, 1))).version == 1
    await pool.close()


async def test_a_service_works_on_what_was_migrated_down_and_up(own_database: Database) -> None:
    await migrate_down(own_database.dsn, "base")
    await migrate_up(own_database.dsn)
    pool = TenantPool.to(own_database.dsn, size=1)
    shop = await Shop.open(pool)
    (product,) = await shop.products(5)
    assert (await shop.place((product, 1))).version == 1
    await pool.close()


async def test_four_who_migrate_at_once_all_succeed(database: Database, empty: Database) -> None:
    await asyncio.gather(*(migrate_up(empty.dsn) for _ in range(4)))
    assert await schema(empty) == await schema(database)
    connection = await asyncpg.connect(empty.superuser)
    assert await violations(connection) == []
    await connection.close()


async def test_migrations_belong_to_the_owner_and_to_no_login(database: Database, behind: asyncpg.Connection) -> None:
    owners = await behind.fetch(
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    )
    assert [name for (name,) in owners] == ["orderwright_owner"]
