"""What every answer carries, whatever happens inside: a request id, and headers that keep it safe."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final
from uuid import UUID

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from application.shared.ports import IdFactory

_LOG: Final = logging.getLogger("orderwright.http")
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")

_PRIVATE: Final = ((b"cache-control", b"private, no-cache"), (b"vary", b"Authorization"))
_UNKEPT: Final = ((b"cache-control", b"no-store"),)


class Envelope:
    """Pure ASGI around the whole app, so that it covers what no route ever sees."""

    def __init__(self, app: ASGIApp, *, new_id: IdFactory, body: Callable[[str, UUID], bytes]) -> None:
        """`body` gives the bytes of the problem of a slug, by its instance."""
        self._app = app
        self._new_id = new_id
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope["headers"], self._new_id)
        scope["state"]["request_id"] = request_id.decode()

        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], (b"x-request-id", request_id), *_missing(message, scope)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            _LOG.exception("escaped every handler: request %s", scope["state"]["request_id"])
            if started:
                raise
            await self._answer_failure(scope, send_with_headers)

    async def _answer_failure(self, scope: Scope, send: Send) -> None:
        """Say that something is wrong with us, when even saying what went wrong has failed."""
        instance = self._new_id()
        scope["state"]["problem"] = "internal-error", instance
        body = self._body("internal-error", instance)
        headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 500, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def request_id_of(headers: Iterable[tuple[bytes, bytes]], new_id: IdFactory) -> bytes:
    """Return the caller's own id, where it sent a good one."""
    theirs = next((value for name, value in headers if name == b"x-request-id"), b"")
    return theirs if _REQUEST_ID.fullmatch(theirs) else str(new_id()).encode()


def _missing(message: HTTPResponseStartEvent, scope: Scope) -> Iterator[tuple[bytes, bytes]]:
    yield b"x-content-type-options", b"nosniff"
    if not any(name == b"cache-control" for name, _ in message["headers"]):
        authorized = any(name == b"authorization" for name, _ in scope["headers"])
        yield from _PRIVATE if authorized and message["status"] < 400 else _UNKEPT
