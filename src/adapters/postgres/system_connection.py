"""A connection as the role that scans across organizations, and sees ids and times of what is due alone."""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg

from adapters.postgres.pooled_connection import Pooler
from adapters.postgres.roles import SYSTEM

_RIGHTS: Final = {"role": SYSTEM, "statement_timeout": "3s", "lock_timeout": "1s"}

_OPENING: Final = "; ".join(("BEGIN", *(f"SET LOCAL {name} = '{value}'" for name, value in _RIGHTS.items())))


class SystemConnection:
    """One connection, for one task at a time. What it asks is a transaction of its own, whatever stands in between."""

    def __init__(self, connection: asyncpg.Connection, pooler: Pooler) -> None:
        self._connection = connection
        self._pooled = pooler is Pooler.TRANSACTION

    @classmethod
    async def to(cls, dsn: str, pooler: Pooler, name: str) -> "SystemConnection":
        """Raises: OSError, TimeoutError, asyncpg.PostgresError."""
        pooled = pooler is Pooler.TRANSACTION
        settings = {"application_name": name}
        how: Mapping[str, Any] = (
            {"server_settings": settings, "statement_cache_size": 0}
            if pooled
            else {"server_settings": {**settings, **_RIGHTS}}
        )
        return cls(await asyncpg.connect(dsn, **how, timeout=3), pooler)

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        if not self._pooled:
            rows: list[asyncpg.Record] = await self._connection.fetch(statement, *values, timeout=5)
            return rows
        await self._connection.execute(_OPENING, timeout=5)
        rows = await self._connection.fetch(statement, *values, timeout=5)
        await self._connection.execute("COMMIT", timeout=5)
        return rows

    def terminate(self) -> None:
        """Close it without a word: after a failure nobody knows what it is doing."""
        self._connection.terminate()

    async def close(self) -> None:
        await self._connection.close(timeout=2)
