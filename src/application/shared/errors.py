"""What may come between a use case and its store. None of these is a business refusal.

Interrupted
├── Outdated                 what was read no longer holds: read again, decide again
├── ConcurrentModification   it was outdated every time that we tried
├── OrganizationMissing      whoever calls belongs to an organization that is gone
├── Unavailable              the store cannot be reached, or did not say whether it has written
│   └── InDoubt              a write was sent, and its answer was lost
├── AlreadyAnswered          under this key an answer is kept
├── KeyInProgress            somebody is at it, under this key, right now
├── KeyReused                this key was sent before, with something else
└── KeyExpired               what was done under this key is done; its answer is no longer kept
"""

from dataclasses import dataclass
from uuid import UUID

from application.shared.claim import Answer


class Interrupted(Exception):
    """The root."""


class Outdated(Interrupted):
    """Between look and commit somebody changed what was read. Nothing was written; a rerun decides anew."""


class ConcurrentModification(Interrupted):
    """Every rerun found that somebody had been faster."""

    def __str__(self) -> str:
        return "Others kept changing the same thing; nothing was done. Try again."


class OrganizationMissing(Interrupted):
    """The caller's organization does not exist (any more)."""

    def __str__(self) -> str:
        return "The organization of this token does not exist."


class Unavailable(Interrupted):
    """The store is away, too slow or full. A read changed nothing; a write may or may not have happened."""

    def __str__(self) -> str:
        return "The service cannot reach its database in time."


class InDoubt(Unavailable):
    """A write was sent, and the connection broke before anybody heard what became of it."""


@dataclass(eq=False)
class AlreadyAnswered(Interrupted):
    """Under this key this answer is kept, of a request with this fingerprint. What shows a secret is still sealed."""

    answer: Answer
    fingerprint: bytes


class KeyInProgress(Interrupted):
    """A request with the same key is being carried out. Nothing was written."""

    def __str__(self) -> str:
        return "A request with this key is being carried out. Ask again for its answer."


class KeyReused(Interrupted):
    """The key names another request."""

    def __str__(self) -> str:
        return "This key was sent before, with another request. Nothing was done."


@dataclass(eq=False)
class KeyExpired(Interrupted):
    """What was asked for under this key is done: see the one of `collection` with this `id`, where it is known."""

    collection: str | None = None
    id: UUID | None = None

    def __str__(self) -> str:
        return "What was asked for under this key was done; its answer is no longer kept. Nothing was done again."
