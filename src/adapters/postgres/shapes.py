"""The shape of changes: what is the same between two requests that differ in values only. One statement a shape."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from adapters.records.changes import Bounds, Changes, Insert, Row, Touch

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchShape:
    """Touches of one table with the same columns and as many events each; `many`: of more than one row."""

    table: str
    key: tuple[str, ...]
    seen: tuple[str, ...]
    by: tuple[str, ...]
    bounds: Bounds | None
    set: tuple[str, ...]
    events: tuple[tuple[str, ...], ...]
    many: bool
    awaited: bool = False

    @property
    def writes(self) -> bool:
        return bool(self.by or self.set or self.events)


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertShape:
    """Inserts into one table with the same columns; `many`: of more than one row."""

    table: str
    columns: tuple[str, ...]
    many: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """`locks`: whether there are names that nobody else may hold."""

    touches: tuple[TouchShape, ...]
    inserts: tuple[InsertShape, ...]
    locks: bool


@dataclass(frozen=True, slots=True)
class Grouped:
    """A shape, and the values of each of its groups, named as in `parameter`."""

    shape: Shape
    touches: tuple[list[Row], ...]
    inserts: tuple[list[Row], ...]
    locks: tuple[int, ...]


def parameter(part: str, column: str) -> str:
    """The name of a touch's value: `key_id`, `seen_version`, `by_reserved`, `set_status`, `e0_body`."""
    return f"{part}_{column}"


def grouped(changes: Changes) -> Grouped:
    """Sort changes into groups of alike ones.

    Rows are locked group by group, within a group by key. Two statements whose rows of one table fall into several
    groups can so meet in a deadlock, which PostgreSQL ends and a rerun gets past; no use case writes such a statement.
    """
    touches = _groups(
        changes.touches, lambda t: (t.table, *map(tuple, (t.key, t.seen, t.by, t.set)), len(t.events), t.awaited)
    )
    inserts = _groups(changes.inserts, lambda i: (i.table, tuple(i.row)))
    return Grouped(
        Shape(
            tuple(_touch_shape(group) for group in touches),
            tuple(_insert_shape(group) for group in inserts),
            locks=bool(changes.locks),
        ),
        tuple([_values(touch) for touch in group] for group in touches),
        tuple([insert.row for insert in group] for group in inserts),
        changes.locks,
    )


def _groups(items: Iterable[T], likeness: Callable[[T], Hashable]) -> list[list[T]]:
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(likeness(item), []).append(item)
    return list(groups.values())


def _touch_shape(group: list[Touch]) -> TouchShape:
    first = group[0]
    return TouchShape(
        table=first.table,
        key=tuple(first.key),
        seen=tuple(first.seen),
        by=tuple(first.by),
        bounds=first.bounds,
        set=tuple(first.set),
        events=tuple(tuple(event) for event in first.events),
        many=len(group) > 1,
        awaited=first.awaited,
    )


def _insert_shape(group: list[Insert]) -> InsertShape:
    return InsertShape(table=group[0].table, columns=tuple(group[0].row), many=len(group) > 1)


def _values(touch: Touch) -> Row:
    parts = {"key": touch.key, "seen": touch.seen, "by": touch.by, "set": touch.set}
    events = {f"e{place}": event for place, event in enumerate(touch.events)}
    return {
        parameter(part, column): value for part, row in {**parts, **events}.items() for column, value in row.items()
    }
