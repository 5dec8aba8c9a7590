"""Attempts in PostgreSQL: what is stored of them, what one costs, and that they go when they are over."""

from datetime import timedelta
from hashlib import sha256

import asyncpg
import pytest

from adapters.postgres import PostgresAttempts, TenantPool
from adapters.postgres.attempts import SWEEP_EVERY, SWEPT
from adapters.system import SystemClock, new_id
from application.identity.ports import Limit
from application.identity.rates import Rate
from domain.identity.errors import RateLimitExceeded
from tests.adapters.postgres.wire import Wire
from tests.contract.backend import HandClock

LOGIN = Limit.LOGIN_PER_ACCOUNT
RATES = {LOGIN: Rate(3, 60)}


async def test_processes_count_together(pool: TenantPool) -> None:
    one, other = (PostgresAttempts(pool, SystemClock(), RATES) for _ in range(2))
    account = ("acme", str(new_id()))
    for process in (one, other, one):
        await process.count(LOGIN, *account)
    with pytest.raises(RateLimitExceeded):
        await other.count(LOGIN, *account)


async def test_a_count_is_one_round_trip(wire: Wire) -> None:
    pool = TenantPool.to(wire.dsn, size=1)
    attempts = PostgresAttempts(pool, SystemClock(), RATES)
    for _ in range(2):
        await attempts.count(LOGIN, "acme", str(new_id()))
    before = wire.trips
    await attempts.count(LOGIN, "acme", str(new_id()))
    assert wire.trips - before == 1
    await pool.close()


async def test_neither_address_nor_account_is_stored(pool: TenantPool, behind: asyncpg.Connection) -> None:
    account = ("acme", f"{new_id()}@example.com")
    attempts = PostgresAttempts(pool, SystemClock(), RATES)
    await attempts.count(LOGIN, *account)
    subjects = [subject for (subject,) in await behind.fetch("SELECT subject FROM attempts")]
    assert sha256(f'["acme", "{account[1]}"]'.encode()).digest() in subjects
    assert {len(subject) for subject in subjects} == {32}


async def test_the_count_stands_still_beyond_the_limit_and_failures_are_noted_beside_it(
    pool: TenantPool, behind: asyncpg.Connection
) -> None:
    await behind.execute("TRUNCATE attempts")
    attempts = PostgresAttempts(pool, clock := HandClock(), RATES)
    for attempt in range(9):
        try:
            await attempts.count(LOGIN, "one")
        except RateLimitExceeded:
            assert attempt >= 3
        else:
            await attempts.note_failure(LOGIN, "one")
    await attempts.note_failure(LOGIN, "nobody")
    row = "SELECT count, failures, ends_at FROM attempts"
    assert [tuple(found) for found in await behind.fetch(row)] == [(4, 3, clock.instant + timedelta(seconds=60))]
    clock.advance(minutes=1)
    await attempts.count(LOGIN, "one")
    assert [tuple(found) for found in await behind.fetch(row)] == [(1, 0, clock.instant + timedelta(seconds=60))]


async def test_what_is_over_goes_sooner_than_new_comes(pool: TenantPool, behind: asyncpg.Connection) -> None:
    await behind.execute("TRUNCATE attempts")
    clock = HandClock()
    await behind.execute(
        "INSERT INTO attempts SELECT 'login-per-account', sha256(n::text::bytea), $1, 1, 0"
        " FROM generate_series(1, $2) n",
        clock.instant,
        SWEPT * 2,
    )
    attempts = PostgresAttempts(pool, clock, RATES)
    for subject in range(SWEEP_EVERY + 1):
        await attempts.count(LOGIN, str(subject))
    left = await behind.fetch("SELECT ends_at > $1 AS live, count(*) FROM attempts GROUP BY 1", clock.instant)
    assert [tuple(found) for found in left] == [(True, SWEEP_EVERY + 1)]


async def test_who_sweeps_waits_for_nobody(pool: TenantPool, behind: asyncpg.Connection) -> None:
    await behind.execute("TRUNCATE attempts")
    clock = HandClock()
    await behind.execute("INSERT INTO attempts VALUES ('login-per-account', '\\x00', $1, 1, 0)", clock.instant)
    async with behind.transaction():
        await behind.execute("UPDATE attempts SET count = 2")
        await PostgresAttempts(pool, clock, RATES).count(LOGIN, "somebody else")
    assert await behind.fetchval("SELECT count(*) FROM attempts") == 2
