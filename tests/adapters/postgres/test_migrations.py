"""Migrations lead to what the tables say, back to nothing, and there again; and any number may try at once."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.postgres import TenantPool
from adapters.postgres.migrating import migrate_down, migrate_up, migration_gaps
from adapters.records.schema import metadata
from domain.identity.member import Member
from domain.identity.roles import Role
from tests.adapters.postgres.catalogue import everything, shape, violations
from tests.adapters.postgres.shop import OWNER, Shop
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
        await shop.identify()
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


async def test_without_identity_and_with_it_again_members_are_who_they_were(own_database: Database) -> None:
    """Who had left is gone, and free is the address; the others stay, and owners are counted anew."""
    at_first = await schema(own_database)
    pool = TenantPool.to(own_database.dsn, size=2)
    shops = [await Shop.open(pool) for _ in range(2)]
    for shop in shops:
        await shop.people.add(Role.OWNER, email="second@example.com")
        await shop.people.remove((await a_member_with_a_session(shop)).id)
        await a_member_with_a_session(shop)
        await shop.identify()
    await pool.close()

    await migrate_down(own_database.dsn, "0001")
    assert await members_of(own_database) == {shop.organization: STAYING for shop in shops}
    await migrate_up(own_database.dsn)
    assert await schema(own_database) == at_first
    assert await members_of(own_database) == {shop.organization: STAYING for shop in shops}
    connection = await asyncpg.connect(own_database.superuser)
    assert dict(await connection.fetch("SELECT id, owners FROM organizations")) == {
        shop.organization: 2 for shop in shops
    }
    assert await violations(connection) == []
    await connection.close()

    pool = TenantPool.to(own_database.dsn, size=2)
    for shop in shops:
        people = shop.through(pool).people
        signed_in = await people.log_in("again@example.com")
        await people.refresh(signed_in.refresh_token)
        await people.change_role(people.owner, Role.ADMIN)
    await pool.close()


STAYING = [("again@example.com", "operator"), (OWNER, "owner"), ("second@example.com", "owner")]


async def a_member_with_a_session(shop: Shop) -> Member:
    member = await shop.people.add(email="again@example.com")
    await shop.people.log_in(member.email)
    return member


async def members_of(database: Database) -> dict[UUID, list[tuple[str, str]]]:
    """E-mail address and role of every member, of each organization."""
    connection = await asyncpg.connect(database.superuser)
    found: dict[UUID, list[tuple[str, str]]] = {}
    for organization, email, role in await connection.fetch(
        "SELECT organization_id, email, role FROM members ORDER BY email"
    ):
        found.setdefault(organization, []).append((email, role))
    await connection.close()
    return found


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


async def test_names_and_lines_that_are_there_are_found_once_lists_are_migrated(own_database: Database) -> None:
    pool = TenantPool.to(own_database.dsn, size=2)
    for _ in range(2):
        shop = await Shop.open(pool)
        (product,) = await shop.products(10)
        await shop.place((product, 2))
    await pool.close()
    names = "SELECT folded_name FROM products ORDER BY id"
    facts = f"SELECT array({names}), array(SELECT ordered_at FROM order_lines ORDER BY id)"
    connection = await asyncpg.connect(own_database.superuser)
    before = await connection.fetchrow(facts)
    await migrate_down(own_database.dsn, "0004")
    await migrate_up(own_database.dsn)
    await connection.reload_schema_state()
    assert await connection.fetchrow(facts) == before
    assert [len(column) for column in before] == [2, 2]
    await connection.close()
