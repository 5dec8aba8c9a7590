"""The ASGI app, wired."""

from dishka import AsyncContainer
from litestar import Litestar

from adapters.http.app import http_app
from entrypoints.container import http_options, warmed
from entrypoints.settings import Settings
from entrypoints.worker import Worker, worker_of


def create_app(container: AsyncContainer, settings: Settings, *, worker: bool = False) -> Litestar:
    """Return the app, on PostgreSQL with a `worker` of its own if wanted; it closes the container when it stops."""
    workers: list[Worker] = []

    async def start() -> None:
        await warmed(container)
        if worker:
            workers.append(await worker_of(container, settings))
            workers[0].start()

    async def stop() -> None:
        for each in workers:
            await each.stop()
        await container.close()

    return http_app(container, http_options(settings), on_startup=[start], on_shutdown=[stop])
