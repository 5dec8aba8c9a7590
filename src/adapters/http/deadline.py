"""How long a request may take us: what takes longer is cancelled, and the client is told to try again."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final
from uuid import UUID

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, ReceiveMessage, Scope, Send

from adapters.http.problem_types import REGISTRY
from adapters.http.problems import MEDIA_TYPE
from application.shared.ports import IdFactory

SECONDS: Final = 5.0
"""From the end of a request's body to its answer."""

_LOG: Final = logging.getLogger("orderwright.http")
_LATE: Final = REGISTRY["service-unavailable"]


class Deadline:
    """Pure ASGI. While we wait for the client to send, this clock stands: the protocol has its own for that."""

    def __init__(
        self, app: ASGIApp, *, new_id: IdFactory, body: Callable[[str, UUID], bytes], seconds: float = SECONDS
    ) -> None:
        """`body` gives the bytes of the problem of a slug, by its instance."""
        self._app = app
        self._new_id = new_id
        self._body = body
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started = False
        clock = asyncio.timeout(self._seconds)
        now = asyncio.get_running_loop().time

        async def receive_in_peace() -> ReceiveMessage:
            clock.reschedule(None)
            try:
                return await receive()
            finally:
                clock.reschedule(now() + self._seconds)

        async def noticed(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            async with clock:
                await self._app(scope, receive_in_peace, noticed)
        except TimeoutError:
            if started or not clock.expired():
                raise
            await self._answer(scope, send)

    async def _answer(self, scope: Scope, send: Send) -> None:
        instance = self._new_id()
        state = scope["state"]
        state["problem"] = _LATE.slug, instance
        _LOG.error("%s urn:uuid:%s request %s: not done in time", _LATE.slug, instance, state.get("request_id"))
        body = self._body(_LATE.slug, instance)
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            *((name.lower().encode(), value.encode()) for name, value in _LATE.headers.items()),
        ]
        await send({"type": "http.response.start", "status": _LATE.status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})
