"""HTTP by hand over real sockets: what is sent, byte for byte, and every answer that comes back."""

import json
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.http.problem_types import REGISTRY
from adapters.http.problems import MEDIA_TYPE

LIVE: Final = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """One response. `headers` are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def slug(self) -> str:
        """The problem that this must be, whole and with everything that every answer carries."""
        assert self.headers["content-type"] == MEDIA_TYPE
        assert self.headers["cache-control"] == "no-store"
        assert self.headers["x-content-type-options"] == "nosniff"
        assert len(self.headers["x-request-id"]) >= 8
        assert "server" not in self.headers
        if not self.body and self.headers["content-length"] != "0":
            return "unsaid"  # the answer to HEAD
        body = json.loads(self.body)
        slug = str(body["type"]).rsplit("/", 1)[-1]
        kind = REGISTRY[slug]
        assert (self.status, body["status"], body["title"]) == (kind.status, kind.status, kind.title)
        assert body["instance"].startswith("urn:uuid:")
        return slug


@dataclass(slots=True)
class Heard:
    """What one connection was told until it `closed`, or until nothing more came for `patience` seconds."""

    answers: list[Answer]
    closed: bool
    seconds: float

    @property
    def told(self) -> list[Any]:
        """The slug of every problem, the status of every success."""
        return [answer.slug if answer.status >= 400 else answer.status for answer in self.answers]


def say(port: int, *pieces: bytes, pause: float = 0.02, patience: float = 5.0) -> Heard:
    """Send the pieces with pauses between them, and listen."""
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
        try:
            for n, piece in enumerate(pieces):
                time.sleep(pause if n else 0)
                connection.sendall(piece)
        except OSError:
            pass  # it has closed: what it said can be read all the same
        raw, closed = _everything(connection)
    return Heard(list(answers_in(raw)), closed, time.monotonic() - start)


def _everything(connection: socket.socket) -> tuple[bytes, bool]:
    raw = bytearray()
    while True:
        try:
            piece = connection.recv(65536)
        except TimeoutError:
            return bytes(raw), False
        except OSError:
            return bytes(raw), True
        if not piece:
            return bytes(raw), True
        raw += piece


def answers_in(raw: bytes) -> Iterator[Answer]:
    """Read responses one after the other; all of ours say how long they are."""
    while raw:
        head, _, rest = raw.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        if status.startswith("HTTP/1.1 100"):
            raw = rest
            continue
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        unsent = not rest or rest.startswith(b"HTTP/1.1 ")  # the body of an answer to HEAD
        length = 0 if unsent else int(headers.get("content-length", "0"))
        yield Answer(int(status.split(" ")[1]), headers, rest[:length])
        raw = rest[length:]


def request(method: str, path: str, body: bytes = b"", headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """Return a well-formed request, whose body announces its length."""
    lines = [f"{method} {path} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines += [f"Content-Length: {len(body)}", "Content-Type: application/json"]
    return "\r\n".join([*lines, "", ""]).encode() + body
