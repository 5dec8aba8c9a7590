"""All that a store holds, to the byte: to see that something left no trace."""

from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg
import pytest
from dishka import AsyncContainer

from adapters.memory import MemoryAttempts, MemoryStore
from application.identity.ports import Attempts
from entrypoints.container import StoreName
from tests.postgres import Database

Dump = Callable[[], Awaitable[object]]

_TABLES: Final = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""
_SEQUENCES: Final = "SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2"


@pytest.fixture
def dump(request: pytest.FixtureRequest, store: StoreName, container: AsyncContainer) -> Dump:
    """Return every row of every table of every organization, in whatever order they lie; and where sequences stand."""
    if store == "memory":
        return lambda: _of_memory(container)
    database: Database = request.getfixturevalue("database")
    return lambda: _of_postgres(database)


async def _of_postgres(database: Database) -> object:
    """Where a row lies and who wrote it are part of it: a row that was written as it was is another."""
    connection = await asyncpg.connect(database.superuser)
    try:
        tables = [table for (table,) in await connection.fetch(_TABLES)]
        rows = {
            table: [
                tuple(row) for row in await connection.fetch(f"SELECT ctid, xmin, t::text FROM {table} t ORDER BY 1")
            ]
            for table in tables
        }
        assert rows["public.organizations"], "there is something to see"
        return rows, [tuple(row) for row in await connection.fetch(_SEQUENCES)]
    finally:
        await connection.close()


async def _of_memory(container: AsyncContainer) -> object:
    store, attempts = await container.get(MemoryStore), await container.get(Attempts)
    assert isinstance(attempts, MemoryAttempts)
    assert any(vars(store).values()), "there is something to see"
    return repr(vars(store)), repr(attempts.windows)
