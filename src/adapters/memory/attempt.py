"""One attempt at one use case in memory: it lets the others have a turn wherever a database would."""

import asyncio

from adapters.memory.store import MemoryStore
from adapters.records.staging import Staging
from application.shared.caller import Caller
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
        self.looking()
        await asyncio.sleep(0)
        row = self.store.row(self.organization, "organizations")
        self.opened(row["clock_offset_seconds"] if row else 0)

    async def commit(self) -> None:
        """Raises: Outdated, Taken."""
        changes = self.take()
        await asyncio.sleep(0)
        self.store.carry_out(self.organization, changes, dry_run=self._dry_run)
