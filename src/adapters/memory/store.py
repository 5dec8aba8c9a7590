"""The rows of all organizations, and how they are read and changed: in one breath, wholly or not at all."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from adapters.memory.schema import SHAPES
from adapters.memory.statement import Claim, Place, Statement
from adapters.records.changes import Changes, Row

File = tuple[object, ...]
"""Rows that are looked for together: organization and table, and perhaps `(column, value)` of a reference."""


class MemoryStore:
    """Rows as `adapters.records` writes them. A row that was handed out never changes: a change replaces it."""

    def __init__(self) -> None:
        self._rows: dict[Place, Row] = {}
        self._holders: dict[Claim, Place] = {}
        self._files: defaultdict[File, dict[Place, None]] = defaultdict(dict)

    def row(self, organization: UUID, table: str, *key: object) -> Row | None:
        """Return the row with this key (what follows the organization in the primary key)."""
        return self._rows.get((organization, table, key))

    def rows(self, organization: UUID, table: str, **reference: UUID) -> list[Row]:
        """Return an organization's rows of a table: all, or those with this value in one column that is a reference."""
        return [self._rows[place] for place in self._files.get((organization, table, *reference.items()), ())]

    def organizations(self) -> set[UUID]:
        """Return whose rows there are."""
        return {organization for organization, *_ in self._rows}

    def holder(self, constraint: str, *values: object) -> Row | None:
        """Return the row that holds these values of a unique constraint."""
        place = self._holders.get((constraint, values))
        return None if place is None else self._rows[place]

    def count(self, organization: UUID, table: str) -> int:
        """Return how many rows of a table an organization has."""
        return len(self._files.get((organization, table), ()))

    def carry_out(self, organization: UUID, changes: Changes, *, dry_run: bool = False) -> Mapping[Place, Row]:
        """Do what the changes want, all of it; with `dry_run`, only find out whether that is possible. Returns the rows
        that it wrote, or would have.

        Raises: Outdated, when a guard no longer holds; Taken, when a unique value is another's; RuntimeError, for
        what only a bug can want. Then nothing was done.
        """
        statement = Statement(organization, self._rows, self._holders)
        written = statement.carry_out(changes)
        if not dry_run:
            for place, row in written.items():
                self._file(place, self._rows.get(place), row)
            statement.settle()
        return written

    def remove(self, organization: UUID, table: str, row: Row) -> None:
        """Forget a row to which nothing refers, and which holds nothing that must be unique but its key."""
        place = organization, table, SHAPES[table].key_of(row)
        del self._rows[place]
        for file in _files(place, row):
            del self._files[file][place]

    def _file(self, place: Place, before: Row | None, row: Row) -> None:
        was, belongs = _files(place, before), _files(place, row)
        for file in was - belongs:
            del self._files[file][place]
        for file in belongs - was:
            self._files[file][place] = None


def _files(place: Place, row: Row | None) -> set[File]:
    if row is None:
        return set()
    organization, table, _ = place
    return {(organization, table), *((organization, table, (name, row[name])) for name in SHAPES[table].referring)}
