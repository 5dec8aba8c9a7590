"""`worker`: the worker alone, beside as many servers and other workers as there are; and the jobs that it holds."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from adapters.http.health import HEALTH
from adapters.http.metrics import METRICS
from adapters.postgres.jobs import JobQueue
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.database import database
from entrypoints.leaving import run
from entrypoints.logs import log_as
from entrypoints.serving import HOW, check_port, own_keys, prepare
from entrypoints.settings import Settings
from entrypoints.worker import worker_of


def work(data_dir: Path, port: int | None = None) -> None:
    """Do what is due until SIGTERM or SIGINT. On `port` of `ORDERWRIGHT_HOST`, if any, whether it is well and what it
    counted can be asked.

    Raises: SettingsInvalid, EmbeddedPostgresError, RolesMissing, WallMissing, Unavailable: each says what to do.
    """
    os.umask(0o077)
    with database(data_dir) as place:
        keys = own_keys(data_dir) if place.embedded else {}
        usual = {"ORDERWRIGHT_PAYMENTS": "simulated"} if place.embedded else {}
        settings = Settings.read(
            {**usual, **os.environ, **keys, "DATABASE_URL": place.url, "ORDERWRIGHT_DATABASE_POOLER": place.pooler}
        )
        log_as(settings.log)
        if port is None:
            asyncio.run(_work(settings))
            return
        check_port(settings.host, port)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        asyncio.run(prepare(settings, demo=False))
        app = create_app(container_of(settings), settings, worker=True, routers=(HEALTH, METRICS))
        run(app, host=settings.host, port=port, **HOW)


async def _work(settings: Settings) -> None:
    await prepare(settings, demo=False)
    stop = asyncio.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, stop.set)
    container = container_of(settings)
    try:
        worker = await worker_of(container, settings)
        worker.start()
        await stop.wait()
        await worker.stop()
    finally:
        await container.close()


def list_held(data_dir: Path, console: Console) -> None:
    with database(data_dir) as place:
        held = asyncio.run(JobQueue(place.url).held())
    for job in held:
        since = job.since.strftime("%Y-%m-%d %H:%M:%SZ")
        console.print(f"{job.id}  {job.name}  {since}  {job.attempts} attempts  {job.because}", soft_wrap=True)
    if not held:
        console.print("No job is held.")


def retry_held(data_dir: Path, ids: Sequence[int], console: Console) -> None:
    with database(data_dir) as place:
        retried = asyncio.run(JobQueue(place.url).retry(ids or None))
    console.print(f"{retried} {'job' if retried == 1 else 'jobs'} will be tried again.")
