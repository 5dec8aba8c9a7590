"""One attempt at one use case in memory: it lets the others have a turn wherever a database would."""

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Final

from adapters.memory.cleaning import remove_expired_answers
from adapters.memory.feed import number
from adapters.memory.store import MemoryStore
from adapters.records.answers import ORIGINALS, TABLE, Kept, key_of
from adapters.records.changes import Changes
from adapters.records.staging import Staging
from application.shared.caller import Caller
from application.shared.claim import Claim
from application.shared.ports import Clock, IdFactory

SWEEP_EVERY: Final = 100
"""Of so many answers that are kept, one sweeps: there is no worker in memory."""

_kept: Final = count(1)


class Attempt(Staging):
    """What the repositories of one unit of work share."""

    def __init__(self, store: MemoryStore, caller: Caller, clock: Clock, new_id: IdFactory) -> None:
        super().__init__(caller, clock, new_id)
        self.store = store
        self.organization = caller.organization
        self._dry_run = caller.dry_run
        self._also: Callable[[], Changes] | None = None

    async def turn(self) -> None:
        """Before every read; what follows, up to the next await, sees one instant."""
        claim = self.looking()
        await asyncio.sleep(0)
        if claim is not None:
            self.found(self._kept(claim))
        row = self.store.row(self.organization, "organizations")
        self.opened(row["clock_offset_seconds"] if row else 0)

    def _kept(self, claim: Claim) -> Kept:
        key = key_of(self._caller, claim)
        row = self.store.row(self.organization, TABLE, *key.values())
        for collection, constraint in ORIGINALS.items():
            if original := self.store.holder(constraint, self.organization, *key.values()):
                return Kept(row, collection, original["id"])
        return Kept(row)

    def also(self, changes: Callable[[], Changes]) -> None:
        """Let what these changes are, as of the commit, be part of it."""
        self._also = changes

    async def commit(self, result: object) -> None:
        """Raises: Outdated, Taken."""
        await self._carry_out(self.take(result))

    async def record(self) -> None:
        """Raises: Outdated, Taken."""
        await self._carry_out(self.take_unanswered())

    async def _carry_out(self, changes: Changes) -> None:
        await asyncio.sleep(0)
        if self._also is not None:
            changes += self._also()
        written = self.store.carry_out(self.organization, changes, dry_run=self._dry_run)
        if not self._dry_run:
            events = [row for (_, table, _), row in written.items() if table == "events" and row["position"] is None]
            number(self.store, self.organization, events, at=self.instant(), new_id=self.stamp.new_id)
        if self._caller.claim is not None and next(_kept) % SWEEP_EVERY == 0:
            remove_expired_answers(self.store, self.organization, self.instant())
