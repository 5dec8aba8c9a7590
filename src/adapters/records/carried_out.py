"""Changes carried out in hand: the rows that a store would hold after all of them, for whoever writes many at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.records.chain import START, chained
from adapters.records.changes import Changes, Insert, Row, Touch
from adapters.records.schema import own_key

Where = tuple[str, tuple[object, ...]]
"""A table, and the key of a row of it within the organization."""

Counted = dict[Where, dict[str, int]]
"""What is to be added to counters of rows."""

Group = tuple[str, tuple[str, ...]]
"""A table, and the columns that alike rows of it say, in their order."""

Groups = dict[Group, list[tuple[Any, ...]]]
"""Rows of some tables, parents before children."""


@dataclass(slots=True)
class CarriedOut:
    """Rows that did not exist before, as they are in the end; `counted`: what is to be added to rows that did."""

    rows: dict[Where, dict[str, Any]] = field(default_factory=dict)
    counted: Counted = field(default_factory=dict)

    @classmethod
    def of(cls, steps: Iterable[Changes]) -> "CarriedOut":
        """Carry out one step after another. Raises: ValueError, when a step does not follow from those before it."""
        done = cls()
        for changes in steps:
            for insert in changes.inserts:
                done._insert(insert)
            for touch in changes.touches:
                done._touch(touch)
        return done

    def __iter__(self) -> Iterator[Insert]:
        """The rows, parents before children."""
        return (Insert(table, row) for (table, _), row in self.rows.items())

    def groups(self) -> Groups:
        """The same, as values in the order of their columns."""
        groups: Groups = {}
        for (table, _), row in self.rows.items():
            groups.setdefault((table, tuple(row)), []).append(tuple(row.values()))
        return groups

    def _insert(self, insert: Insert) -> None:
        where = insert.table, _key(insert.table, insert.row)
        if where in self.rows:
            raise ValueError(f"{where} is there already")
        self.rows[where] = dict(insert.row)

    def _touch(self, touch: Touch) -> None:
        where = touch.table, _key(touch.table, touch.key)
        row = self.rows.get(where)
        if row is None:
            self._count(where, touch)
            return
        if any(row[name] != value for name, value in touch.seen.items()):
            raise ValueError(f"{where} is not as it was seen")
        row |= {**touch.set, **{name: row[name] + n for name, n in touch.by.items()}}
        if touch.events:
            count, head = row.get("events_count", 0), row.get("events_head", START)
            events, end = chained(touch.events, count=count, head=head)
            row |= end
            for event in events:
                self._insert(Insert("events", event))

    def _count(self, where: Where, touch: Touch) -> None:
        if touch.seen or touch.set or touch.events:
            raise ValueError(f"{where} is a row of somebody else's: only its counters can be added to")
        sums = self.counted.setdefault(where, {})
        for name, n in touch.by.items():
            sums[name] = sums.get(name, 0) + n


def _key(table: str, row: Row | Mapping[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in own_key(table))
