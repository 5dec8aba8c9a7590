"""Ports that any context may need: the time, new ids, and a way to keep secrets."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the real instant: aware, UTC. For use cases: `work.now()` instead."""


class IdFactory(Protocol):
    def __call__(self) -> UUID:
        """Return a UUID (v7, RFC 9562) that nobody has, later ones sorting after earlier ones."""


class Sealing(Protocol):
    """Keeps bytes so that only this service can read them."""

    def seal(self, plain: bytes, *, bound_to: bytes) -> bytes:
        """Return them sealed. They open only for the same `bound_to`, so that nothing is put into another's place."""

    def unseal(self, sealed: bytes, *, bound_to: bytes) -> bytes:
        """Return what was sealed. Raises: Unsealable."""


class Unsealable(ValueError):
    """This was sealed under a key that is no more, for something else, or is not whole."""
