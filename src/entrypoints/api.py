"""The ASGI app, wired."""

from dishka import AsyncContainer
from litestar import Litestar

from adapters.http.app import http_app
from adapters.http.options import HttpOptions
from adapters.system import new_id
from entrypoints.container import warmed
from entrypoints.settings import Settings


def create_app(container: AsyncContainer, settings: Settings) -> Litestar:
    """Return the app; it closes the container when it stops."""
    options = HttpOptions(public_url=settings.public_url, signup_open=settings.signup_open, new_id=new_id)

    async def warm() -> None:
        await warmed(container)

    return http_app(container, options, on_startup=[warm], on_shutdown=[container.close])
