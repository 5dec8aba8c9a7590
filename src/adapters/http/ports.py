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


class Drawing(Protocol):
    def __call__(self, machine: Machine[Any, Any]) -> str:
        """Return the lifecycle as an SVG document that stands alone."""
