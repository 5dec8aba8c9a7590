"""Ports that any context may need: the time and new ids."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the real instant: aware, UTC. For use cases: `work.now()` instead."""


class IdFactory(Protocol):
    def __call__(self) -> UUID:
        """Return a UUID (v7, RFC 9562) that nobody has, later ones sorting after earlier ones."""
