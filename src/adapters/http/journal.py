"""One line for every request, when it has been answered: who asked for what, and how it went.

Never in it: queries, bodies, headers, tokens, e-mail addresses. Of an address only the template is told, so that ids
and whatever else somebody put into a path stay out.
"""

import logging
from time import perf_counter
from typing import Any, Final
from uuid import UUID

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from adapters.http.client_address import Networks, counted_address
from adapters.http.ports import RequestWatch
from application.access import OPERATIONS
from application.shared.caller import Caller

LOGGER: Final = "orderwright.requests"
"""Its records carry their members in the attribute `members`."""

_LOG: Final = logging.getLogger(LOGGER)


def tell(
    *,
    status: int | None,
    request_id: str,
    client: str | None,
    method: str | None = None,
    path: str | None = None,
    operation: str | None = None,
    milliseconds: float | None = None,
    problem: tuple[str, UUID] | None = None,
    caller: Caller | None = None,
) -> None:
    """Write one line. `path` is a template; `status` is None where nobody was left to be answered."""
    if not _LOG.isEnabledFor(logging.INFO):
        return
    record = logging.LogRecord(LOGGER, logging.INFO, __file__, 0, "request", None, None)
    record.members = {
        "method": method,
        "path": path,
        "operation": operation,
        "status": status,
        "durationMs": milliseconds,
        "requestId": request_id,
        "problem": problem and problem[0],
        "instance": problem and f"urn:uuid:{problem[1]}",
        "organization": caller and str(caller.organization),
        "principal": caller and str(caller.principal),
        "client": client,
    }
    _LOG.handle(record)


class Journal:
    """Pure ASGI around everything that can answer."""

    def __init__(self, app: ASGIApp, *, trusted_proxies: Networks, watch: RequestWatch | None = None) -> None:
        self._app = app
        self._watch = watch
        self._trusted = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not (self._watch or _LOG.isEnabledFor(logging.INFO)):
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        status = None

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._tell(scope, status, started)

    def _tell(self, scope: Any, status: int | None, started: float) -> None:
        state: dict[str, Any] = scope["state"]
        word, seconds = state.get("last_word"), perf_counter() - started
        problem = (word.kind.slug, word.instance) if word else state.get("problem")
        status = word.kind.status if word else status
        operation = _operation(scope)
        if self._watch:
            self._watch.answered(operation=operation, status=status, seconds=seconds, problem=problem and problem[0])
        tell(
            operation=operation,
            method=state.get("method") or scope["method"],
            path=scope.get("path_template") or None,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            request_id=state["request_id"],
            problem=problem,
            caller=state.get("caller"),
            client=self._client(scope),
        )

    def _client(self, scope: Any) -> str | None:
        peer = scope["client"]
        if not (peer and self._trusted):
            return peer and str(peer[0])
        forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        return counted_address(peer[0], forwarded, self._trusted)


def _operation(scope: Any) -> str | None:
    """Return the operation that a request reached, None where it reached none of ours."""
    handler = scope.get("route_handler")
    operation: str | None = getattr(handler, "operation_id", None)
    return operation if operation in OPERATIONS else None
