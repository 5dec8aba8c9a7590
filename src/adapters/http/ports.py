"""What the HTTP floor needs of other rooms, beside the use cases."""

from collections.abc import Mapping
from typing import Any, Protocol

from domain.shared.machine import Machine


class Readiness(Protocol):
    async def check(self) -> None:
        """Return when the store can serve. Raises: Unavailable."""


class PublicKeys(Protocol):
    def jwks(self) -> Mapping[str, Any]:
        """Return the keys by which anybody can verify our access tokens: a JWK Set (RFC 7517)."""


class RequestWatch(Protocol):
    def answered(
        self, *, operation: str | None, status: int | None, seconds: float | None, problem: str | None
    ) -> None:
        """Take notice of a request that is over. `operation` is None where it reached none, `status` where nobody was
        left to be answered, `seconds` where it was over before it had begun; `problem` is the slug of its answer.
        """


class Metrics(Protocol):
    @property
    def media_type(self) -> str: ...

    async def text(self) -> bytes:
        """Return all that is counted."""


class Drawing(Protocol):
    def __call__(self, machine: Machine[Any, Any]) -> str:
        """Return the lifecycle as an SVG document that stands alone."""
