"""The queue: what rings is done once, what fails is tried again and then held, what a worker leaves another takes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from pgqueuer.domain.settings import DBSettings

from adapters.postgres import jobs
from adapters.postgres.jobs import Job, JobQueue, Retries
from adapters.postgres.migrating import migrate_down, migrate_up
from tests.postgres import Database

NEVER = "0 0 29 2 *"
"""A schedule that does not ring while a test runs (nearly never: on the 29th of February)."""

AT_ONCE = Retries(attempts=3, pause=timedelta(0), longest=timedelta(0))


@pytest.fixture
async def queue(database: Database, behind: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch) -> JobQueue:
    monkeypatch.setattr(jobs, "LOOK", timedelta(seconds=0.2))
    for table in ("pgqueuer", "pgqueuer_log", "pgqueuer_schedules"):
        await behind.execute(f"DELETE FROM jobs.{table}")
    return JobQueue(database.dsn)


@asynccontextmanager
async def working(
    queue: JobQueue, *jobs: Job, retries: Retries = AT_ONCE
) -> AsyncIterator[tuple[asyncio.Event, asyncio.Task[None]]]:
    """A worker, which is told to stop at the end."""
    stop = asyncio.Event()
    task = asyncio.create_task(queue.work(jobs, stop, retries))
    try:
        yield stop, task
    finally:
        stop.set()
        await task


async def until(said: Callable[[], Awaitable[bool]], *, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await said():  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.02)


class Task:
    """Something to do: it fails as often as it is told to, and counts."""

    def __init__(self, *, failures: int = 0, lasts: float = 0.0) -> None:
        self.failures = failures
        self.lasts = lasts
        self.begun = 0
        self.done = 0

    def job(self, name: str = "task", cron: str = NEVER) -> Job:
        return Job(name=name, cron=cron, run=self)

    async def __call__(self) -> None:
        self.begun += 1
        if self.begun <= self.failures:
            raise LookupError(f"failure {self.begun}")
        await asyncio.sleep(self.lasts)
        self.done += 1

    async def is_done(self) -> bool:
        return self.done > 0


# Its schema


async def test_the_schema_is_what_the_installed_library_wants(queue: JobQueue) -> None:
    async with queue._queries() as (queries, _):
        assert (await queries.plan_upgrade()).statements == ()


async def test_it_comes_back_when_migrations_go_down_and_up(own_database: Database) -> None:
    await migrate_down(own_database.dsn, "0011")
    await migrate_up(own_database.dsn)
    async with JobQueue(own_database.dsn)._queries() as (queries, _):
        assert (await queries.plan_upgrade()).statements == ()


def test_no_variable_of_the_environment_renames_it(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = jobs.names()
    strange = {"durability": "volatile", "widen_id": "false", "db_schema": "strange"}
    for name in usual.model_dump():
        for variable in (f"PGQUEUER_{name}", name, f"PGQUEUER_{name}".upper(), name.upper()):
            monkeypatch.setenv(variable, strange.get(name, "strange"))
    monkeypatch.setenv("PGQUEUER_SCHEMA", "strange")
    assert DBSettings().queue_table == "strange"
    assert jobs.names() == usual


# Its work


async def test_what_rings_is_done_and_then_is_no_more(queue: JobQueue, behind: asyncpg.Connection) -> None:
    task = Task()
    async with working(queue, task.job()):
        await queue.put("task")
        await until(task.is_done)
    assert (task.begun, await behind.fetchval("SELECT count(*) FROM jobs.pgqueuer")) == (1, 0)


async def test_what_is_there_already_is_not_put_there_again(queue: JobQueue, behind: asyncpg.Connection) -> None:
    await asyncio.gather(*(queue.put("task") for _ in range(5)))
    assert await behind.fetchval("SELECT count(*) FROM jobs.pgqueuer") == 1


async def test_a_schedule_rings_once_for_all_workers(queue: JobQueue, behind: asyncpg.Connection) -> None:
    task = Task()
    async with working(queue, task.job(cron="* * * * * */2")), working(queue, task.job(cron="* * * * * */2")):
        await until(task.is_done)
    scheduled = await behind.fetch("SELECT entrypoint FROM jobs.pgqueuer_schedules")
    assert [row["entrypoint"] for row in scheduled] == ["task"]
    rung = await behind.fetchval("SELECT count(DISTINCT job_id) FROM jobs.pgqueuer_log")
    assert rung >= task.begun


async def test_what_fails_is_tried_again(queue: JobQueue) -> None:
    task = Task(failures=2)
    async with working(queue, task.job()):
        await queue.put("task")
        await until(task.is_done)
    assert task.begun == 3
    assert await queue.held() == []


async def test_what_keeps_failing_is_held_listed_and_tried_again_when_somebody_says_so(queue: JobQueue) -> None:
    task = Task(failures=3)

    async def is_held() -> bool:
        return bool(await queue.held())

    async with working(queue, task.job()):
        await queue.put("task")
        await until(is_held)
        (held,) = await queue.held()
        assert (held.name, held.attempts, held.because) == ("task", 3, "LookupError: failure 3")
        assert task.begun == 3
        assert await queue.retry([held.id + 1]) == 0
        assert await queue.retry([held.id]) == 1
        await until(task.is_done)
    assert await queue.held() == []
    assert await queue.retry() == 0


async def test_the_next_ring_tries_what_is_held_anew_and_adds_no_other(
    queue: JobQueue, behind: asyncpg.Connection
) -> None:
    task = Task(failures=3)

    async def is_held() -> bool:
        return bool(await queue.held())

    async with working(queue, task.job()):
        await queue.put("task")
        await until(is_held)
    await queue.put("task")
    assert await queue.held() == []
    assert await behind.fetchval("SELECT count(*) FROM jobs.pgqueuer") == 1


async def test_who_is_told_to_stop_ends_what_it_has_begun(queue: JobQueue, behind: asyncpg.Connection) -> None:
    task = Task(lasts=0.5)

    async def has_begun() -> bool:
        return task.begun > 0

    async with working(queue, task.job()) as (stop, _):
        await queue.put("task")
        await until(has_begun)
        stop.set()
    assert task.done == 1
    assert await behind.fetchval("SELECT count(*) FROM jobs.pgqueuer") == 0


async def test_what_a_worker_leaves_in_the_middle_another_takes_over(
    queue: JobQueue, behind: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "HEARTBEAT", timedelta(seconds=1))
    endless, task = Task(lasts=3600), Task()

    async def has_begun() -> bool:
        return endless.begun > 0

    left = asyncio.create_task(queue.work([endless.job()], asyncio.Event(), AT_ONCE))
    await queue.put("task")
    await until(has_begun)
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    assert await behind.fetchval("SELECT status::text FROM jobs.pgqueuer") == "picked"
    async with working(queue, task.job()):
        await until(task.is_done)
    assert await behind.fetchval("SELECT count(*) FROM jobs.pgqueuer") == 0


async def test_a_worker_whose_database_goes_away_says_so(queue: JobQueue, behind: asyncpg.Connection) -> None:
    stop = asyncio.Event()
    working = asyncio.create_task(queue.work([Task().job()], stop))

    async def is_there() -> bool:
        ended = await behind.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = 'orderwright jobs' AND datname = current_database()"
        )
        return bool(ended)

    await until(is_there)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        async with asyncio.timeout(15):
            await working


async def test_who_serves_has_no_right_to_it(database: Database) -> None:
    app = await asyncpg.connect(database.dsn, server_settings={"role": "orderwright_app"})
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.fetch("SELECT * FROM jobs.pgqueuer")
    await app.close()
