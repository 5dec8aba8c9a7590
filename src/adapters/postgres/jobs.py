"""Jobs that are scheduled and retried, by PgQueuer: all that we know of it is in this file.

A schedule only rings: it puts a job into the queue, unless it is there already. Whichever worker takes the job keeps
its heart beating; when the worker is gone, another one takes over. A job that fails is tried again with growing pauses,
and after the last attempt it is held, for somebody to look at: it is listed, and the next ring tries it anew.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.core.sm import SchedulerManager
from pgqueuer.domain.models import Job as Queued
from pgqueuer.domain.models import Schedule
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel, JobId

from adapters.postgres.roles import JOBS, SYSTEM


def names() -> DBSettings:
    """Return what things are called: as in the migration. All of it is said, so that no variable of the environment
    says otherwise.
    """
    return DBSettings(
        prefix="",
        db_schema=JOBS,
        channel=Channel("ch_pgqueuer"),
        function="fn_pgqueuer_changed",
        statistics_table="pgqueuer_statistics",
        queue_status_type="pgqueuer_status",
        queue_table="pgqueuer",
        queue_table_log="pgqueuer_log",
        trigger="tg_pgqueuer_changed",
        schedules_table="pgqueuer_schedules",
        durability=Durability.durable,
        widen_id=True,
    )


SETTINGS: Final = names()

HEARTBEAT: Final = timedelta(seconds=10)
"""How long a job is left alone whose worker gives no sign of life."""

LOOK: Final = timedelta(seconds=5)
"""How often a worker looks for jobs by itself, should nobody tell it of one."""

MOST: Final = 1000
"""Held jobs that are listed, or tried again, at once."""

_SETTINGS: Final = {
    "role": SYSTEM,
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "application_name": "orderwright jobs",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is done whenever `cron` (five fields, UTC) says so. It may be begun again at any point of it."""

    name: str
    cron: str
    run: Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """So many attempts, with pauses that begin with `pause` and double up to `longest`."""

    attempts: int = 5
    pause: timedelta = timedelta(seconds=15)
    longest: timedelta = timedelta(minutes=10)

    def executor(self, parameters: EntrypointExecutorParameters) -> DatabaseRetryEntrypointExecutor:
        return DatabaseRetryEntrypointExecutor(
            parameters=parameters,
            max_attempts=self.attempts - 1,  # it counts those that went before
            initial_delay=self.pause,
            max_delay=self.longest,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A job that failed as often as it was tried: since when it is held, and what went wrong last."""

    id: int
    name: str
    since: datetime
    attempts: int
    because: str


class JobQueue:
    """The queue in a database that is reached directly: through a transaction pooler nothing can be listened to."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def work(self, jobs: Sequence[Job], stop: asyncio.Event, retries: Retries | None = None) -> None:
        """Carry out jobs until `stop` is set, and what has begun by then to its end. Cancelled, it leaves what has
        begun to another worker.

        Raises: OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, when the database goes away.
        """
        async with self._queries() as (queries, connection):
            manager = QueueManager(queries, channel=SETTINGS.channel)
            scheduler = SchedulerManager(queries)
            for job in jobs:
                manager.entrypoint(
                    job.name, concurrency_limit=1, on_failure="hold", executor_factory=(retries or Retries()).executor
                )(partial(_run, job))
                scheduler.schedule(job.name, job.cron, clean_old=False)(partial(_ring, queries, job))
            managing = asyncio.create_task(
                manager.run(dequeue_timeout=LOOK, heartbeat_timeout=HEARTBEAT, shutdown_on_listener_failure=True),
                name="jobs",
            )
            scheduling = asyncio.create_task(scheduler.run(), name="schedules")
            stopping = asyncio.create_task(stop.wait())
            both = {managing, scheduling}
            try:
                await asyncio.wait({*both, stopping}, return_when=asyncio.FIRST_COMPLETED)
                manager.shutdown.set()
                scheduler.shutdown.set()
                await asyncio.gather(*both)
            finally:
                stopping.cancel()
                connection.terminate()  # first: whoever is cancelled now must not say of his job that it is over
                await _cut_off(both)

    async def put(self, name: str) -> None:
        """Put a job into the queue, unless it is there."""
        async with self._queries() as (queries, _):
            await _ring(queries, name)

    async def held(self) -> list[Held]:
        """Return the jobs that are held, the newest first."""
        async with self._queries() as (queries, _):
            return [await _held(queries, job) for job in await queries.list_failed_jobs(MOST)]

    async def retry(self, ids: Sequence[int] | None = None) -> int:
        """Try held jobs again: these, or all; return how many."""
        async with self._queries() as (queries, _):
            held = [job.id for job in await queries.list_failed_jobs(MOST) if ids is None or job.id in ids]
            if held:
                await queries.requeue_jobs(held)
            return len(held)

    @asynccontextmanager
    async def _queries(self) -> AsyncIterator[tuple[Queries, asyncpg.Connection]]:
        connection = await asyncpg.connect(self._dsn, server_settings=_SETTINGS, timeout=3)
        try:
            yield (
                Queries(
                    AsyncpgDriver(connection),
                    qbe=QueryBuilderEnvironment(SETTINGS),
                    qbq=QueryQueueBuilder(SETTINGS),
                    qbs=QuerySchedulerBuilder(SETTINGS),
                ),
                connection,
            )
        finally:
            if not connection.is_closed():
                await connection.close(timeout=2)


async def _cut_off(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks until they are over: a manager that is cancelled first waits for its jobs."""
    while waiting := [task for task in tasks if not task.done()]:
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting, timeout=0.1)
    await asyncio.gather(*tasks, return_exceptions=True)  # what they died of, the first one has said


async def _run(job: Job, _: Queued) -> None:
    await job.run()


async def _ring(queries: Queries, job: Job | str, _: Schedule | None = None) -> None:
    """Put a job into the queue, once however often it is rung for; a held one is tried anew instead."""
    name = job if isinstance(job, str) else job.name
    if held := await queries.browse_queue(limit=1, statuses=["failed"], entrypoints=[name]):
        await queries.requeue_jobs([JobId(each.id) for each in held])
    else:
        await queries.enqueue(name, None, dedupe_key=name, on_conflict="skip")


async def _held(queries: Queries, job: Queued) -> Held:
    failures = [log.traceback for log in await queries.job_log_history(job.id, MOST) if log.traceback]
    last = failures[-1] if failures else None
    because = f"{last.exception_type}: {last.exception_message}" if last else "nobody knows"
    return Held(id=job.id, name=job.entrypoint, since=job.updated, attempts=job.attempts + 1, because=because)
