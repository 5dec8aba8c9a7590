"""Pages of other origins, where the settings name them: what their scripts may send, and what they may read.

(Litestar's own middleware answers a preflight that it refuses with text, and replaces a `Vary` that is there already.)
"""

from collections.abc import Collection
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

METHODS: Final = "GET, HEAD, POST, PATCH, DELETE"

SENT: Final = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer, X-Request-Id"
"""Headers that a script may send."""

READ: Final = (
    "ETag, Idempotency-Replayed, Link, Location, Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, "
    "X-Request-Id"
)
"""Headers that a script may read."""

_PREFLIGHT: Final = (
    (b"access-control-allow-methods", METHODS.encode()),
    (b"access-control-allow-headers", SENT.encode()),
    (b"access-control-max-age", b"600"),
)


class CrossOrigin:
    """Pure ASGI. Credentials are never allowed: tokens travel in a header, there are no cookies."""

    def __init__(self, app: ASGIApp, *, origins: Collection[str]) -> None:
        self._app = app
        self._origins = frozenset(origin.encode() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not self._origins:
            await self._app(scope, receive, send)
            return
        origin = next((value for name, value in scope["headers"] if name == b"origin"), b"")
        allowed = [(b"access-control-allow-origin", origin)] if origin in self._origins else []
        exposed = [(b"access-control-expose-headers", READ.encode())] if allowed else []
        vary = (b"vary", b"Origin")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], vary, *allowed, *exposed]
            await send(message)

        asked = any(name == b"access-control-request-method" for name, _ in scope["headers"])
        if allowed and asked and scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": [vary, *allowed, *_PREFLIGHT]})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        await self._app(scope, receive, send_with_headers)
