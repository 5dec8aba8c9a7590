"""The problem with which a connection ends: to what is no request, arrives too slowly, or has too long a head."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self
from uuid import UUID

from uvicorn._types import HTTPScope

from adapters.http import journal
from adapters.http.envelope import request_id_of
from adapters.http.options import HttpOptions
from adapters.http.ports import RequestWatch
from adapters.http.problem_types import REGISTRY, ProblemType
from adapters.http.problems import MEDIA_TYPE
from adapters.http.refusals import problem_bytes

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class LastWord:
    """One problem of one connection, as bytes and as a line of the journal."""

    kind: ProblemType
    instance: UUID
    request_id: str
    client: str | None
    public_url: str
    watch: RequestWatch | None

    @classmethod
    def of(cls, slug: str, options: HttpOptions, scope: HTTPScope | None, client: tuple[str, int] | None) -> Self:
        """Make one for what has arrived of a request: nothing, a part of its headers, or all of them."""
        known = scope["state"].get("request_id") if scope else None
        request_id = known or request_id_of(scope["headers"] if scope else (), options.new_id).decode()
        return cls(
            REGISTRY[slug],
            options.new_id(),
            request_id,
            client[0] if client else None,
            options.public_url,
            options.watch,
        )

    def answer(self, default: Headers) -> bytes:
        """Return a whole HTTP/1.1 response, after which the connection closes. `default` are the server's headers."""
        body = problem_bytes(self.kind.slug, self.instance, public_url=self.public_url)
        headers = (
            *default,
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"x-request-id", self.request_id.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
        )
        status = f"HTTP/1.1 {self.kind.status} {HTTPStatus(self.kind.status).phrase}".encode()
        return b"\r\n".join((status, *(name + b": " + value for name, value in headers), b"", body))

    def tell(self) -> None:
        """Write the line of a request that no handler has seen."""
        if self.watch:
            self.watch.answered(operation=None, status=self.kind.status, seconds=None, problem=self.kind.slug)
        journal.tell(
            status=self.kind.status,
            request_id=self.request_id,
            problem=(self.kind.slug, self.instance),
            client=self.client,
        )
