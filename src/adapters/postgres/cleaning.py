"""Removing what has had its time, of all organizations: as the role that scans, which sees of it when, and not what."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import asyncpg

from adapters.postgres.pooled_connection import Pooler
from adapters.postgres.roles import SYSTEM

SLICE: Final = timedelta(minutes=1)
"""Answers that expired within so long of each other go at once: no statement lasts long, no lock is held for long."""

AT_ONCE: Final = 500
"""Sessions, and rows of the jobs' own log, that go at once."""

_OLDEST: Final = "SELECT min(expires_at) FROM idempotency_keys WHERE expires_at <= now()"
_REMOVE: Final = "DELETE FROM idempotency_keys WHERE expires_at <= least($1, now())"

_SESSIONS: Final = f"""
WITH ended AS (
    SELECT organization_id, id FROM sessions
    WHERE least(revoked_at, last_used_at + interval '7 days', created_at + interval '30 days')
        < now() - interval '30 days'
    LIMIT {AT_ONCE}
), tokens AS (
    DELETE FROM refresh_tokens t USING ended
    WHERE t.organization_id = ended.organization_id AND t.session_id = ended.id
)
DELETE FROM sessions s USING ended WHERE s.organization_id = ended.organization_id AND s.id = ended.id
"""  # noqa: S608 - a number of ours
"""Those whose end is a month ago. (The policies say the same: nothing else could be removed.)"""

_JOURNAL: Final = f"""
DELETE FROM jobs.pgqueuer_log WHERE id = ANY (ARRAY(
    SELECT id FROM jobs.pgqueuer_log l WHERE created < now() - interval '30 days'
    AND NOT EXISTS (SELECT FROM jobs.pgqueuer q WHERE q.id = l.job_id) LIMIT {AT_ONCE}
))
"""  # noqa: S608 - a number of ours
"""What was said of jobs that are no more."""


async def remove_expired_answers(dsn: str, pooler: Pooler = Pooler.NONE) -> int:
    """Remove the answers that are no longer kept, and return how many there were.

    What was made under their keys still knows them: nothing can be done twice. Raises: OSError, asyncpg.PostgresError.
    """
    removed = 0
    async with _connected(dsn, pooler) as connection:
        while (some := await _remove_some_answers(connection)) is not None:
            removed += some
    return removed


async def remove_ended_sessions(dsn: str, pooler: Pooler = Pooler.NONE) -> int:
    """Remove the sessions that ended a month ago, with their refresh tokens, and return how many sessions there were.

    Who presents one of those tokens is told that it is invalid. Raises: OSError, asyncpg.PostgresError.
    """
    async with _connected(dsn, pooler) as connection:
        return await _remove_all(connection, _SESSIONS)


async def remove_old_job_logs(dsn: str, pooler: Pooler = Pooler.NONE) -> int:
    """Remove what was noted a month ago of jobs that are done. Raises: OSError, asyncpg.PostgresError."""
    async with _connected(dsn, pooler) as connection:
        return await _remove_all(connection, _JOURNAL)


@asynccontextmanager
async def _connected(dsn: str, pooler: Pooler) -> AsyncIterator[asyncpg.Connection]:
    cached = {"statement_cache_size": 0} if pooler is Pooler.TRANSACTION else {}
    connection = await asyncpg.connect(dsn, **cached, server_settings={"application_name": "orderwright cleanup"})
    try:
        yield connection
    finally:
        await connection.close(timeout=2)


async def _remove_some_answers(connection: asyncpg.Connection) -> int | None:
    """Return how many of the oldest were removed, None when there was nothing to remove."""
    async with _as_system(connection):
        oldest = await connection.fetchval(_OLDEST)
        return None if oldest is None else _count(await connection.execute(_REMOVE, oldest + SLICE))


async def _remove_all(connection: asyncpg.Connection, statement: str) -> int:
    """Run a statement that removes some until it removes none."""
    removed = 0
    while True:
        async with _as_system(connection):
            some = _count(await connection.execute(statement))
        if not some:
            return removed
        removed += some


@asynccontextmanager
async def _as_system(connection: asyncpg.Connection) -> AsyncIterator[None]:
    async with connection.transaction():
        await connection.execute(f"SET LOCAL ROLE {SYSTEM}")
        yield


def _count(done: str) -> int:
    return int(done.rpartition(" ")[2])
