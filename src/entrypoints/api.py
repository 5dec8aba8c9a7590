"""The ASGI app, wired."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from dishka import AsyncContainer
from litestar import Litestar
from litestar.router import Router
from litestar.types import ASGIApp

from adapters.http.app import ROUTERS, http_app
from adapters.http.ports import RequestWatch
from adapters.prometheus import Meters
from entrypoints.container import http_options, warmed
from entrypoints.settings import Settings
from entrypoints.worker import Worker, worker_of

SAMPLED: Final = 1.0
"""Seconds between two looks at the pool: what other processes of this `serve` tell of it is as old as that at most."""


def create_app(
    container: AsyncContainer, settings: Settings, *, worker: bool = False, routers: Sequence[Router] = ROUTERS
) -> Litestar:
    """Return the app, on PostgreSQL with a `worker` of its own if wanted; it closes the container when it stops."""
    workers: list[Worker] = []
    tasks: list[asyncio.Task[None]] = []
    watch = Watch()

    async def start() -> None:
        watch.meters = await container.get(Meters)
        tasks.append(asyncio.create_task(_sampled(watch.meters), name="sampling"))
        await warmed(container)
        if worker:
            workers.append(await worker_of(container, settings))
            workers[0].start()

    async def stop() -> None:
        for each in workers:
            await each.stop()
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await container.close()

    options = replace(http_options(settings), watch=watch, around=_around(settings))
    return http_app(container, options, routers=routers, on_startup=[start], on_shutdown=[stop])


def _around(settings: Settings) -> tuple[Callable[[ASGIApp], ASGIApp], ...]:
    if settings.otlp_endpoint is None:
        return ()
    from entrypoints.tracing import tracing  # noqa: PLC0415 - where nobody wants traces, nothing of them is imported

    return (tracing(settings.otlp_endpoint).around,)


class Watch:
    """Tells the meters, which the container makes when the app starts, of every request."""

    meters: RequestWatch | None = None

    def answered(
        self, *, operation: str | None, status: int | None, seconds: float | None, problem: str | None
    ) -> None:
        if self.meters is not None:
            self.meters.answered(operation=operation, status=status, seconds=seconds, problem=problem)


async def _sampled(meters: Meters) -> None:
    while True:
        meters.sample()
        await asyncio.sleep(SAMPLED)
