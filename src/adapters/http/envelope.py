"""What every answer carries, whatever happens inside: a request id, and headers that keep it safe."""

import re
from collections.abc import Iterator
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from application.shared.ports import IdFactory

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")

_PRIVATE: Final = ((b"cache-control", b"private, no-cache"), (b"vary", b"Authorization"))
_UNKEPT: Final = ((b"cache-control", b"no-store"),)


class Envelope:
    """Pure ASGI around the whole app, so that it covers what no route ever sees."""

    def __init__(self, app: ASGIApp, *, new_id: IdFactory) -> None:
        self._app = app
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = self._request_id(scope)
        scope["state"]["request_id"] = request_id.decode()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", request_id), *_missing(message, scope)]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _request_id(self, scope: Scope) -> bytes:
        """Return the caller's own id, where it sent a good one."""
        theirs = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        return theirs if _REQUEST_ID.fullmatch(theirs) else str(self._new_id()).encode()


def _missing(message: HTTPResponseStartEvent, scope: Scope) -> Iterator[tuple[bytes, bytes]]:
    yield b"x-content-type-options", b"nosniff"
    if not any(name == b"cache-control" for name, _ in message["headers"]):
        authorized = any(name == b"authorization" for name, _ in scope["headers"])
        yield from _PRIVATE if authorized and message["status"] < 400 else _UNKEPT
