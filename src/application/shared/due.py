"""What the house does by itself once it is time: jobs that anybody may start again at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol

from application.shared.caller import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Everything of the caller's organization that is due `at` this instant (UTC), begun before `until` (monotonic
    seconds). The caller's id of the request goes along; who acts is the system.
    """

    caller: Caller
    at: datetime
    until: float


class DueJob(Protocol):
    """One kind of work that falls due. What is done is done for good, and is not done again."""

    @property
    def name(self) -> str: ...

    async def __call__(self, due: Due) -> int:
        """Do what is due, and return how much of it there was. Raises: Unavailable."""


DueJobs = NewType("DueJobs", Sequence[DueJob])
"""All of them, in the order in which they run."""
