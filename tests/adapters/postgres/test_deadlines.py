"""How long anything of PostgreSQL may take: read back from the connections that serve, scan and migrate."""

from inspect import signature
from typing import Any

import pytest
from sqlalchemy import text

from adapters.postgres import Pooler, TenantPool
from adapters.postgres.migrating import _run
from adapters.postgres.system_connection import SystemConnection
from application.shared.errors import Unavailable
from tests.adapters.postgres.pooler import TransactionPooler
from tests.postgres import Database

READ = "SELECT name, setting::int FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout') ORDER BY name"
"""Milliseconds."""

PROMISED = [("lock_timeout", 1000), ("statement_timeout", 3000)]


async def test_every_connection_of_a_pool_has_them(database: Database) -> None:
    pool = TenantPool.to(database.dsn, size=2)
    async with pool.connection() as one, pool.connection() as other:
        for connection in (one, other):
            assert [*map(tuple, await connection.fetch(READ))] == PROMISED
    await pool.close()


async def test_so_has_every_use_through_a_transaction_pooler(database: Database) -> None:
    async with TransactionPooler.to(database, sessions=1) as pooler:
        pool = TenantPool.to(pooler.dsn, Pooler.TRANSACTION, size=1)
        async with pool.connection() as connection:
            assert [*map(tuple, await connection.fetch(READ))] == PROMISED
        await pool.close()


async def test_so_has_who_scans(database: Database) -> None:
    connection = await SystemConnection.to(database.dsn, Pooler.NONE, "a scan")
    assert [*map(tuple, await connection.fetch(READ))] == PROMISED
    await connection.close()


async def test_a_connection_is_waited_for_half_a_second(database: Database) -> None:
    assert signature(TenantPool.to).parameters["patience"].default == 0.5
    pool = TenantPool.to(database.dsn, size=1)
    async with pool.connection():
        with pytest.raises(Unavailable):
            async with pool.connection():
                raise AssertionError("there is but one")
        assert (pool.figures().waits, pool.figures().refused, pool.figures().in_use) == (1, 1, 1)
    await pool.close()


async def test_a_migration_waits_for_a_table_for_five_seconds(database: Database) -> None:
    seen: list[Any] = []

    def look(config: Any) -> None:
        seen.append(config.attributes["connection"].execute(text("SHOW lock_timeout")).scalar())

    await _run(database.dsn, look)
    assert seen == ["5s"]
