"""One attempt at one use case: what was read, what is staged, and in which order the two may come."""

import asyncio
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

from adapters.memory.store import MemoryStore
from adapters.records.changes import Changes, Unmergeable
from adapters.records.stamp import Stamp
from application.shared.caller import Caller
from application.shared.errors import Outdated
from application.shared.ports import Clock, IdFactory


class Phase(Enum):
    LOOKING = auto()
    SAVING = auto()
    OVER = auto()


class Attempt:
    """What the repositories of one unit of work share."""

    def __init__(self, store: MemoryStore, caller: Caller, clock: Clock, new_id: IdFactory) -> None:
        self.store = store
        self.stamp = Stamp(caller, new_id)
        self._caller = caller
        self._clock = clock
        self._offset: timedelta | None = None
        self._changes = Changes()
        self._saved: set[UUID] = set()
        self._phase = Phase.LOOKING

    @property
    def organization(self) -> UUID:
        return self._caller.organization

    async def read(self) -> None:
        """Let the others have a turn, as every read does; what follows it, up to the next await, sees one instant."""
        if self._phase is Phase.SAVING:
            raise RuntimeError("never read after a save: the store has not seen it")
        self._check_open()
        await asyncio.sleep(0)
        if self._offset is None:
            row = self.store.row(self.organization, "organizations")
            self._offset = timedelta(seconds=row["clock_offset_seconds"] if row else 0)

    def now(self) -> datetime:
        if self._offset is None:
            raise RuntimeError("the organization's clock rides along with the first read: read before now()")
        return self._clock.now() + self._offset

    def hold(self, guards: Changes) -> None:
        """What was read must hold until commit. Raises: Outdated, when it already contradicts an earlier read."""
        try:
            self._changes += guards
        except Unmergeable:
            raise Outdated from None

    def stage(self, id: UUID, changes: Changes) -> None:
        """Collect what saving the thing with this id means."""
        self._check_open()
        if id in self._saved:
            raise RuntimeError(f"{id} is saved already in this unit of work: save the last state, once")
        self._changes += changes
        self._saved.add(id)
        self._phase = Phase.SAVING

    async def commit(self) -> None:
        self._check_open()
        self._phase = Phase.OVER
        await asyncio.sleep(0)
        self.store.carry_out(self.organization, self._changes, dry_run=self._caller.dry_run)

    def end(self) -> None:
        self._phase = Phase.OVER

    def _check_open(self) -> None:
        if self._phase is Phase.OVER:
            raise RuntimeError("this unit of work is over: begin another one")
