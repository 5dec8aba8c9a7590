"""Removing what has had its time, of all organizations: as the role that scans, which sees of it when, and not what."""

from datetime import timedelta
from typing import Final

import asyncpg

from adapters.postgres.pooled_connection import Pooler
from adapters.postgres.roles import SYSTEM

SLICE: Final = timedelta(minutes=1)
"""Answers that expired within so long of each other go at once: no statement lasts long, no lock is held for long."""

_OLDEST: Final = "SELECT min(expires_at) FROM idempotency_keys WHERE expires_at <= now()"
_REMOVE: Final = "DELETE FROM idempotency_keys WHERE expires_at <= least($1, now())"


async def remove_expired_answers(dsn: str, pooler: Pooler = Pooler.NONE) -> int:
    """Remove the answers that are no longer kept, and return how many there were.

    What was made under their keys still knows them: nothing can be done twice. Raises: OSError, asyncpg.PostgresError.
    """
    cached = {"statement_cache_size": 0} if pooler is Pooler.TRANSACTION else {}
    connection = await asyncpg.connect(dsn, **cached, server_settings={"application_name": "orderwright cleanup"})
    try:
        removed = 0
        while (some := await _remove_some(connection)) is not None:
            removed += some
        return removed
    finally:
        await connection.close(timeout=2)


async def _remove_some(connection: asyncpg.Connection) -> int | None:
    """Return how many of the oldest were removed, None when there was nothing to remove."""
    async with connection.transaction():
        await connection.execute(f"SET LOCAL ROLE {SYSTEM}")
        oldest = await connection.fetchval(_OLDEST)
        if oldest is None:
            return None
        done: str = await connection.execute(_REMOVE, oldest + SLICE)
        return int(done.rpartition(" ")[2])
