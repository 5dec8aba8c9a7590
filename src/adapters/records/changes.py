"""What a unit of work wants of the store, as one value that knows no context. `a + b` wants both.

A row here carries no organization: whoever carries the changes out adds it to every row and every key.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
"""Column names and values; values are what the driver takes (str, int, UUID, aware datetime, bytes, None)."""


class Unmergeable(ValueError):
    """Two changes contradict each other: one row seen or bounded in two ways, or set twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Counters that rise from left to right: `least <= columns[0] <= … <= columns[-1] <= most`."""

    columns: tuple[str, ...]
    most: int
    least: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One row that exists: what it must still say, and what becomes of it.

    `seen`: columns as they were read. `by`: columns to add to, kept within `bounds`. `set`: columns to overwrite.
    `events`: rows for the table of events; their sequence and hash continue this row's chain. `awaited`: whoever is
    about to change the row for good (and has locked it, so that nobody refers to it) is waited for.
    """

    table: str
    key: Row
    seen: Row = field(default_factory=dict)
    by: Mapping[str, int] = field(default_factory=dict)
    bounds: Bounds | None = None
    set: Row = field(default_factory=dict)
    events: tuple[Row, ...] = ()
    awaited: bool = False

    @property
    def writes(self) -> bool:
        return bool(self.by or self.set or self.events)

    @property
    def where(self) -> tuple[str, tuple[object, ...]]:
        """Which row this is: two touches with the same `where` are about the same row."""
        return self.table, tuple(self.key.values())

    def merged(self, other: "Touch") -> "Touch":
        """Return both in one. Raises: Unmergeable."""
        if any(other.seen[name] != value for name, value in self.seen.items() if name in other.seen):
            raise Unmergeable(f"{self.where} was seen in two ways")
        if self.set.keys() & other.set.keys():
            raise Unmergeable(f"{self.where} is set twice")
        if self.bounds and other.bounds and self.bounds != other.bounds:
            raise Unmergeable(f"{self.where} is bounded in two ways")
        return Touch(
            table=self.table,
            key=self.key,
            seen={**self.seen, **other.seen},
            by={name: self.by.get(name, 0) + other.by.get(name, 0) for name in (*self.by, *other.by)},
            bounds=self.bounds or other.bounds,
            set={**self.set, **other.set},
            events=(*self.events, *other.events),
            awaited=self.awaited or other.awaited,
        )


@dataclass(frozen=True, slots=True)
class Insert:
    """One row that does not exist yet."""

    table: str
    row: Row


@dataclass(frozen=True, slots=True)
class Changes:
    """Touches, at most one a row, in the order of table and key; and inserts, parents before children.

    `locks`: names, as numbers of 64 bits, that nobody else may hold while this is carried out.
    """

    touches: tuple[Touch, ...] = ()
    inserts: tuple[Insert, ...] = ()
    locks: tuple[int, ...] = ()

    @classmethod
    def of(cls, touches: Iterable[Touch] = (), inserts: Iterable[Insert] = (), locks: Iterable[int] = ()) -> "Changes":
        """Sum up what is said about one row. Raises: Unmergeable."""
        rows: dict[tuple[str, tuple[object, ...]], Touch] = {}
        for touch in touches:
            known = rows.get(touch.where)
            rows[touch.where] = touch if known is None else known.merged(touch)
        return cls(tuple(rows[where] for where in sorted(rows, key=_place)), tuple(inserts), tuple(locks))

    def __add__(self, other: "Changes") -> "Changes":
        """Raises: Unmergeable."""
        return Changes.of((*self.touches, *other.touches), (*self.inserts, *other.inserts), (*self.locks, *other.locks))

    def __bool__(self) -> bool:
        return bool(self.touches or self.inserts)


def _place(where: tuple[str, tuple[object, ...]]) -> tuple[str, tuple[str, ...]]:
    """Rows are locked in one order everywhere: by table, then by key."""
    table, key = where
    return table, tuple(str(part) for part in key)
