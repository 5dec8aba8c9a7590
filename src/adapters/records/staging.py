"""What a unit of work holds between look and commit, whatever the store: what was read, and what is to be written."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID

from adapters.records.answers import Kept, already, keeping
from adapters.records.changes import Changes, Touch, Unmergeable
from adapters.records.schema import own_key
from adapters.records.stamp import Stamp
from application.shared.caller import Caller, PrincipalKind
from application.shared.claim import Claim
from application.shared.errors import KeyExpired, OrganizationMissing, Outdated
from application.shared.ports import Clock, IdFactory


class Versioned(Protocol):
    """An aggregate: its version rises with every change."""

    @property
    def id(self) -> UUID: ...
    @property
    def version(self) -> int: ...


A = TypeVar("A", bound=Versioned)


class Staging:
    """Look, then save, then take what is staged, once. Raises RuntimeError for any other order of calls: a bug."""

    def __init__(self, caller: Caller, clock: Clock, new_id: IdFactory) -> None:
        self._caller = caller
        self._stamp = Stamp(caller, new_id)
        self._clock = clock
        self._offset: timedelta | None = None
        self._changes = Changes()
        self._as_read: dict[UUID, Any] = {}
        self._saved: set[UUID] = set()
        self._instead_of: datetime | None = None
        self._looked = False
        self._over = False

    @property
    def stamp(self) -> Stamp:
        return self._stamp

    def looking(self) -> Claim | None:
        """Ask before every read. Returns the claim whose answer must be looked for along with it, if any."""
        self._open()
        if self._saved:
            raise RuntimeError("never read after a save: the store has not seen it")
        first, self._looked = not self._looked, True
        return self._caller.claim if first else None

    def found(self, kept: Kept) -> None:
        """Take what the first read found under the claim's key. Raises: AlreadyAnswered, KeyExpired."""
        if kept.row is not None and kept.row["expires_at"] > self.instant():
            raise already(kept.row)
        if kept.id is not None:
            raise KeyExpired(kept.collection, kept.id)
        self._instead_of = kept.row["expires_at"] if kept.row else None

    def opened(self, clock_offset_seconds: int) -> None:
        """Take the organization's clock from a read."""
        self._offset = timedelta(seconds=clock_offset_seconds)

    def without_organization(self) -> None:
        """There is no such organization: it is only just being founded. Raises: OrganizationMissing."""
        if self._stamp.caller.principal.kind is not PrincipalKind.ANONYMOUS:
            raise OrganizationMissing
        self.opened(0)

    def now(self) -> datetime:
        """Return the organization's instant, UTC."""
        if self._offset is None:
            raise RuntimeError("the organization's clock rides along with the first read: look first")
        return self._clock.now() + self._offset

    def instant(self) -> datetime:
        """Return the real instant, UTC: what a sandbox's own clock cannot move."""
        return self._clock.now()

    def hold(self, guards: Changes) -> None:
        """What was read must still hold at commit. Raises: Outdated, when it contradicts an earlier read already."""
        try:
            self._changes += guards
        except Unmergeable:
            raise Outdated from None

    def read(self, table: str, thing: A) -> A:
        """Remember an aggregate as it was read; its version must still hold at commit. Returns it."""
        self._as_read[thing.id] = thing
        key = dict.fromkeys(own_key(table), thing.id)  # none for the organization's own row
        self.hold(Changes.of([Touch(table=table, key=key, seen={"version": thing.version})]))
        return thing

    def save(self, thing: A, changes: Callable[[A, A | None, Stamp], Changes]) -> None:
        """Stage what saving an aggregate means, given how it was read (None: it is new)."""
        self.stage(thing.id, changes(thing, self._as_read.get(thing.id), self._stamp))

    def stage(self, id: UUID, changes: Changes) -> None:
        self._open()
        if id in self._saved:
            raise RuntimeError(f"{id} is saved already in this unit of work: save its last state, once")
        self._changes += changes
        self._saved.add(id)

    def take(self, result: object) -> Changes:
        """Return everything that is staged, the answer to the claim included; the unit of work is over."""
        changes, claim = self.take_unanswered(), self._caller.claim
        if claim is None:
            return changes
        answer = claim.encode(result)
        return changes + keeping(self._caller, claim, answer, at=self.instant(), instead_of=self._instead_of)

    def take_unanswered(self) -> Changes:
        """Return everything that is staged, and no answer; the unit of work is over."""
        self._open()
        self._over = True
        return self._changes

    def end(self) -> None:
        self._over = True

    def _open(self) -> None:
        if self._over:
            raise RuntimeError("this unit of work is over: begin another one")
