"""What the clean-up removes of sessions: those that ended a month ago, whole, of everybody; and nothing else."""

from datetime import timedelta

import asyncpg
import pytest

from adapters.postgres import Pooler, TenantPool
from adapters.postgres.cleaning import remove_ended_sessions, remove_old_job_logs
from domain.identity.session import ABSOLUTE, IDLE
from tests.adapters.postgres.pooler import TransactionPooler
from tests.adapters.postgres.shop import OWNER, Shop
from tests.postgres import Database

KEPT = timedelta(days=30)
HOUR = timedelta(hours=1)
WHEN = "UPDATE sessions SET created_at = now() - $2::interval, last_used_at = now() - $3::interval WHERE id = $1"
REVOKED = "UPDATE sessions SET revoked_at = now() - $2::interval, revoked_because = 'logout' WHERE id = $1"

LONG_OVER = {
    "not refreshed in time": (KEPT + IDLE + HOUR, KEPT + IDLE + HOUR, None),
    "as old as they get": (KEPT + ABSOLUTE + HOUR, KEPT + HOUR, None),
    "revoked": (KEPT + 2 * HOUR, KEPT + HOUR, KEPT + HOUR),
}
NOT_LONG_OVER = {
    "not refreshed in time": (KEPT + IDLE - HOUR, KEPT + IDLE - HOUR, None),
    "as old as they get": (KEPT + ABSOLUTE - HOUR, KEPT - HOUR, None),
    "revoked": (KEPT + IDLE - HOUR, KEPT + HOUR, KEPT - HOUR),
    "alive": (HOUR, HOUR, None),
}


async def a_session(
    shop: Shop,
    behind: asyncpg.Connection,
    created: timedelta = HOUR,
    used: timedelta = HOUR,
    revoked: timedelta | None = None,
) -> str:
    """A session with two generations of tokens, so long ago."""
    await shop.people.refresh((await shop.people.log_in(OWNER)).refresh_token)
    newest = "SELECT id FROM sessions WHERE organization_id = $1 ORDER BY id DESC LIMIT 1"
    session = await behind.fetchval(newest, shop.organization)
    await behind.execute(WHEN, session, created, used)
    if revoked is not None:
        await behind.execute(REVOKED, session, revoked)
    return str(session)


async def tokens_of(behind: asyncpg.Connection, session: str) -> int:
    count: int = await behind.fetchval("SELECT count(*) FROM refresh_tokens WHERE session_id = $1", session)
    return count


@pytest.fixture(autouse=True)
async def tidy(database: Database) -> None:
    """What others have left behind is gone."""
    await remove_ended_sessions(database.dsn)


@pytest.mark.parametrize("times", LONG_OVER.values(), ids=LONG_OVER)
async def test_what_ended_a_month_ago_goes_with_its_tokens(
    database: Database, shop: Shop, behind: asyncpg.Connection, times: tuple[timedelta, timedelta, timedelta | None]
) -> None:
    over, alive = await a_session(shop, behind, *times), await a_session(shop, behind)
    assert await tokens_of(behind, over) == 2
    assert await remove_ended_sessions(database.dsn) == 1
    assert await behind.fetchval("SELECT count(*) FROM sessions WHERE id = $1", over) == 0
    assert (await tokens_of(behind, over), await tokens_of(behind, alive)) == (0, 2)


@pytest.mark.parametrize("times", NOT_LONG_OVER.values(), ids=NOT_LONG_OVER)
async def test_what_did_not_stays(
    database: Database, shop: Shop, behind: asyncpg.Connection, times: tuple[timedelta, timedelta, timedelta | None]
) -> None:
    session = await a_session(shop, behind, *times)
    assert await remove_ended_sessions(database.dsn) == 0
    assert await tokens_of(behind, session) == 2


async def test_it_goes_through_a_transaction_pooler_and_works_for_everybody(
    database: Database, pool: TenantPool, behind: asyncpg.Connection
) -> None:
    for shop in [await Shop.open(pool) for _ in range(2)]:
        await a_session(shop, behind, *LONG_OVER["revoked"])
    async with TransactionPooler.to(database, sessions=1) as pooler:
        assert await remove_ended_sessions(pooler.dsn, Pooler.TRANSACTION) == 2


async def test_the_system_can_remove_nothing_else_and_reads_no_secret(
    database: Database, shop: Shop, behind: asyncpg.Connection
) -> None:
    fresh = await a_session(shop, behind, revoked=timedelta(days=1))
    system = await asyncpg.connect(database.dsn, server_settings={"role": "orderwright_system"})
    try:
        assert await system.execute("DELETE FROM refresh_tokens") == "DELETE 0"
        assert await system.execute("DELETE FROM sessions") == "DELETE 0"
        assert await system.fetchval("SELECT count(session_id) FROM refresh_tokens") == 0
        for secret in ("SELECT secret_hash FROM refresh_tokens", "SELECT user_agent FROM sessions"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await system.fetch(secret)
    finally:
        await system.close()
    assert await tokens_of(behind, fresh) == 2


async def test_what_was_noted_of_jobs_goes_once_they_are_gone(database: Database, behind: asyncpg.Connection) -> None:
    await behind.execute("DELETE FROM jobs.pgqueuer_log; DELETE FROM jobs.pgqueuer")
    held = await behind.fetchval(
        "INSERT INTO jobs.pgqueuer (priority, status, entrypoint) VALUES (0, 'failed', 'held') RETURNING id"
    )
    await behind.execute(
        "INSERT INTO jobs.pgqueuer_log (created, job_id, status, priority, entrypoint)"
        " SELECT now() - age, job, 'queued', 0, 'x' FROM (VALUES ($1::bigint), ($1 + 1)) of (job),"
        " (VALUES (interval '29 days'), (interval '31 days')) at (age)",
        held,
    )
    assert await remove_old_job_logs(database.dsn) == 1
    left = await behind.fetch("SELECT job_id FROM jobs.pgqueuer_log ORDER BY 1")
    assert [row["job_id"] for row in left] == [held, held, held + 1]
    await behind.execute("DELETE FROM jobs.pgqueuer_log; DELETE FROM jobs.pgqueuer")
