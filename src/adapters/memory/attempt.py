"""One attempt at one use case in memory: it lets the others have a turn wherever a database would."""

import asyncio

from adapters.memory.store import MemoryStore
from adapters.records.answers import ORIGINALS, TABLE, Kept, key_of
from adapters.records.staging import Staging
from application.shared.caller import Caller
from application.shared.claim import Claim
from application.shared.ports import Clock, IdFactory


class Attempt(Staging):
    """What the repositories of one unit of work share."""

    def __init__(self, store: MemoryStore, caller: Caller, clock: Clock, new_id: IdFactory) -> None:
        super().__init__(caller, clock, new_id)
        self.store = store
        self.organization = caller.organization
        self._dry_run = caller.dry_run

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

    async def commit(self, result: object) -> None:
        """Raises: Outdated, Taken."""
        changes = self.take(result)
        await asyncio.sleep(0)
        self.store.carry_out(self.organization, changes, dry_run=self._dry_run)
