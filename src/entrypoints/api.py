"""The ASGI app, wired."""

from dishka import AsyncContainer
from litestar import Litestar

from adapters.http.app import http_app
from entrypoints.container import http_options, warmed
from entrypoints.settings import Settings


def create_app(container: AsyncContainer, settings: Settings) -> Litestar:
    """Return the app; it closes the container when it stops."""

    async def warm() -> None:
        await warmed(container)

    return http_app(container, http_options(settings), on_startup=[warm], on_shutdown=[container.close])
