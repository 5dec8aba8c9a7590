"""One carrying out of changes: guards first, then the rows; all of it on top of the store until it is settled."""

from collections.abc import Mapping
from uuid import UUID

from adapters.memory.overlay import Overlay
from adapters.memory.schema import SHAPES
from adapters.records.chain import chained
from adapters.records.changes import Bounds, Changes, Insert, Row, Touch
from adapters.records.constraints import RERUN, taken
from application.shared.errors import Outdated

Place = tuple[UUID, str, tuple[object, ...]]
"""Where a row stands: organization, table, and the key within the organization."""

Claim = tuple[str, tuple[object, ...]]
"""What only one row may hold: a unique constraint, and values."""


class Statement:
    def __init__(self, organization: UUID, rows: dict[Place, Row], holders: dict[Claim, Place]) -> None:
        self._organization = organization
        self._rows = Overlay(rows)
        self._holders = Overlay(holders)

    def carry_out(self, changes: Changes) -> Mapping[Place, Row]:
        """Return every row that it would write. Raises: Outdated, Taken, RuntimeError (a bug)."""
        written: dict[Place, Row] = {}
        inserts = list(changes.inserts)
        for touch in changes.touches:
            place, row, events = self._touched(touch)
            written[place] = row
            inserts += [Insert("events", event) for event in events]
        for place, row in written.items():
            self._put(place, row)
        written |= dict(self._insert(insert) for insert in inserts)
        for place, row in written.items():
            self._check_references(place, row)
        return written

    def settle(self) -> None:
        self._rows.settle()
        self._holders.settle()

    def _touched(self, touch: Touch) -> tuple[Place, Row, list[Row]]:
        """Return the row as it will be, and its new events. Raises: Outdated."""
        place = self._organization, touch.table, SHAPES[touch.table].key_of(touch.key)
        row = self._rows.get(place)
        if row is None or any(row[name] != value for name, value in touch.seen.items()):
            raise Outdated
        row = {**row, **touch.set, **{name: row[name] + n for name, n in touch.by.items()}}
        if touch.bounds is not None and not _within(touch.bounds, row):
            raise Outdated
        if not touch.events:
            return place, row, []
        events, end = chained(touch.events, count=row["events_count"], head=row["events_head"])
        return place, {**row, **end}, events

    def _insert(self, insert: Insert) -> tuple[Place, Row]:
        shape = SHAPES[insert.table]
        row = shape.complete(self._organization, insert.row)
        place = self._organization, insert.table, shape.key_of(row)
        if self._rows.get(place) is not None:
            _refuse(shape.primary_key)
        self._put(place, row)
        return place, row

    def _put(self, place: Place, row: Row) -> None:
        before = self._rows.get(place)
        for unique in SHAPES[place[1]].uniques:
            was, will_be = before and unique.values(before), unique.values(row)
            if was == will_be:
                continue
            if was:
                self._holders.remove((unique.name, was))
            if will_be:
                self._claim((unique.name, will_be), place)
        self._rows.put(place, row)

    def _claim(self, claim: Claim, place: Place) -> None:
        if self._holders.get(claim) is not None:
            _refuse(claim[0])
        self._holders.put(claim, place)

    def _check_references(self, place: Place, row: Row) -> None:
        organization, table, _ = place
        for reference in SHAPES[table].references:
            key = reference.key(row)
            if key is not None and self._rows.get((organization, reference.table, key)) is None:
                _refuse(reference.name)


def _within(bounds: Bounds, row: Row) -> bool:
    counters = [bounds.least, *(row[column] for column in bounds.columns), bounds.most]
    return counters == sorted(counters)


def _refuse(constraint: str) -> None:
    """Say what it means that a row breaks this constraint. Raises: Outdated, Taken, RuntimeError (a bug)."""
    if constraint in RERUN:
        raise Outdated
    raise taken(constraint) or RuntimeError(f"the constraint {constraint} does not hold")
