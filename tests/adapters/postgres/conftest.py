"""Connections to the worker's own database: the service's pool, and a superuser who looks behind the wall."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.postgres import TenantPool
from tests.adapters.postgres.shop import Shop
from tests.adapters.postgres.wire import Wire
from tests.postgres import TEMPLATE, Database, Server


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[TenantPool]:
    pool = TenantPool.to(database.dsn, size=10)
    yield pool
    await pool.close()


@pytest.fixture
async def shop(pool: TenantPool) -> Shop:
    return await Shop.open(pool)


@pytest.fixture
async def behind(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection, which no wall stops."""
    connection = await asyncpg.connect(database.superuser)
    yield connection
    connection.terminate()  # a test may have left it in any state


@pytest.fixture
async def wire(database: Database) -> AsyncIterator[Wire]:
    async with Wire.to(database) as wire:
        yield wire


@pytest.fixture
async def own_database(server: Server, database: Database) -> AsyncIterator[Database]:
    """A migrated database for a test that alters or stops it."""
    own = Database(server, f"{database.name}_own")
    await server.create(own.name, template=TEMPLATE)
    yield own
    connection = await asyncpg.connect(server.as_superuser())
    await connection.execute(f'DROP DATABASE "{own.name}" WITH (FORCE)')
    await connection.close()
