"""What may come between a use case and its store. None of these is a business refusal.

Interrupted
├── Outdated                 what was read no longer holds: read again, decide again
├── ConcurrentModification   it was outdated every time that we tried
└── Unavailable              the store cannot be reached, or did not say whether it has written
"""


class Interrupted(Exception):
    """The root."""


class Outdated(Interrupted):
    """Between look and commit somebody changed what was read. Nothing was written; a rerun decides anew."""


class ConcurrentModification(Interrupted):
    """Every rerun found that somebody had been faster."""

    def __str__(self) -> str:
        return "Others kept changing the same thing; nothing was done. Try again."


class Unavailable(Interrupted):
    """The store is away, too slow or full. A read changed nothing; a write may or may not have happened."""

    def __str__(self) -> str:
        return "The service cannot reach its database in time."
