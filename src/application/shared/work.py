"""The unit of work: look, decide, save, `return await work.commit(result)`."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from application.shared.caller import Caller

R = TypeVar("R")
W_co = TypeVar("W_co", bound="Work", covariant=True)


class Work(Protocol):
    """One attempt at one use case. Each context adds the repositories that it needs.

    What a read returned still holds when commit returns, or commit raises Outdated. A save only stages. Never read
    after a save: the store has not seen it. Leaving without a commit leaves no trace.

    Where the caller has a claim, the first read raises AlreadyAnswered or KeyExpired instead of returning what it
    looked for, and commit keeps the answer that the claim makes of `result`.
    """

    async def look(self) -> None:
        """Read nothing but the organization's clock: for a use case that has nothing else to look at."""

    def now(self) -> datetime:
        """Return the organization's instant, UTC. It rides along with the first read.

        Raises: RuntimeError, before the first read.
        """

    def instant(self) -> datetime:
        """Return the real instant, UTC, which no sandbox moves: for leases, which are about the house's own speed."""

    async def commit(self, result: R) -> R:
        """Make everything staged durable in one step, and return `result`.

        Raises: Outdated, when a guard no longer holds, or somebody else has answered the claim; KeyInProgress, when
        somebody is about to; Taken, when a unique value is another's; Unavailable (InDoubt, when it may have written).

        A refusal is a result, too: `raise await work.commit(refusal)` makes what is staged durable, and keeps the
        refusal as the answer.
        """

    async def record(self) -> None:
        """Make everything staged durable, and keep no answer: what the caller asked for has begun, and is not done.

        Raises: as commit, but KeyInProgress.
        """


class Begin(Protocol[W_co]):
    """Opens a unit of work: `async with self.begin(command.caller) as work`. The same handler may run again."""

    def __call__(self, caller: Caller) -> AbstractAsyncContextManager[W_co]: ...
