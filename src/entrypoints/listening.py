"""`webhooks listen`: a receiver on one's own machine, which verifies what it is sent, and prints it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final

from domain.webhooks.signature import ID, Unverified, verify

MOST: Final = 1024 * 1024
"""Bytes of a body."""

PATIENCE: Final = 10
"""Seconds for a request to arrive."""


@dataclass(frozen=True, slots=True)
class Listening:
    """What is listened for: `secret` as bytes; `tell` is given a line, or a body, to print."""

    secret: bytes
    tell: Callable[[str], None]
    verbose: bool = False

    def server(self, port: int) -> ThreadingHTTPServer:
        """Return the server, bound to this machine alone (0: any free port). Raises: OSError."""
        handler = type("Receiver", (_Receiver,), {"listening": self})
        return ThreadingHTTPServer(("127.0.0.1", port), handler)

    def judged(self, headers: dict[str, str], body: bytes) -> int:
        """Print what has arrived, and return the status that it is answered with."""
        id = _plain(headers.get(ID, "without an id"))  # noqa: A001
        try:
            verify(headers, body, self.secret, at=datetime.now(UTC))
        except Unverified as wrong:
            self.tell(f"{_now()}  refused  {id}: {wrong}")
            return 401
        self.tell(f"{_now()}  {_what(body)}  {id}")
        if self.verbose:
            self.tell(_pretty(body))
        return 204


class _Receiver(BaseHTTPRequestHandler):
    listening: ClassVar[Listening]
    timeout = PATIENCE
    server_version = "orderwright"
    sys_version = ""

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            self._answer(411, "no Content-Length")
        elif int(length) > MOST:
            self._answer(413, f"more than {MOST} bytes")
        else:
            body = self.rfile.read(int(length))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._answer(self.listening.judged(headers, body))

    def do_GET(self) -> None:
        self._answer(405, "webhooks are sent with POST")

    def _answer(self, status: int, wrong: str = "") -> None:
        if wrong:
            self.listening.tell(f"{_now()}  refused  {wrong}")
        self.send_response_only(status)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: what is worth saying is told."""


def _what(body: bytes) -> str:
    """The type and the subject of an event, where it has them."""
    try:
        event = json.loads(body)
    except ValueError:
        return "no JSON"
    said = [event.get(name) for name in ("type", "subject")] if isinstance(event, dict) else []
    return "  ".join(_plain(text) for text in said if isinstance(text, str)) or "no event"


def _pretty(body: bytes) -> str:
    """JSON, indented; all else as it can be shown. Nothing that would move the cursor of a terminal."""
    try:
        return json.dumps(json.loads(body), indent=2)
    except ValueError:
        return repr(body)


def _plain(text: str) -> str:
    return text if text.isprintable() else repr(text)


def _now() -> str:
    return f"{datetime.now(UTC):%H:%M:%SZ}"
