"""What the schema demands of rows, read from `adapters.records.tables`: completeness, uniqueness, references.

CHECK constraints are SQL and are not read here; the domain keeps to them, and the counters' bounds come with a change.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Column, ForeignKeyConstraint, Table, UniqueConstraint

from adapters.records.changes import Row
from adapters.records.schema import metadata, own_key, tenant_column
from adapters.records.tables import WALLED

SERVER_DEFAULTS: Final[Mapping[str, object]] = {"0": 0, "false": False, "'\\x'::bytea": b""}
"""What the schema's SQL defaults mean."""


@dataclass(frozen=True, slots=True)
class Unique:
    """No two rows that it `holds_for` have the same values in `columns`; NULL equals nothing."""

    name: str
    columns: tuple[str, ...]
    holds_for: Callable[[Row], bool]

    def values(self, row: Row) -> tuple[object, ...] | None:
        """Return what no other row may have, None where the constraint does not care."""
        values = tuple(row[column] for column in self.columns)
        return values if None not in values and self.holds_for(row) else None


@dataclass(frozen=True, slots=True)
class Reference:
    """`columns` (the organization aside) are the key of a row in `table`, or NULL."""

    name: str
    columns: tuple[str, ...]
    table: str

    def key(self, row: Row) -> tuple[object, ...] | None:
        key = tuple(row[column] for column in self.columns)
        return None if None in key else key


@dataclass(frozen=True, slots=True)
class Shape:
    """One table: its key within an organization, and what its rows must satisfy."""

    name: str
    tenant: str
    key: tuple[str, ...]
    primary_key: str
    defaults: Mapping[str, object]
    required: frozenset[str]
    uniques: tuple[Unique, ...]
    references: tuple[Reference, ...]

    def complete(self, organization: UUID, row: Row) -> Row:
        """Return the whole row, with whose it is and what the schema adds by itself."""
        whole = {**self.defaults, **row, self.tenant: organization}
        if unknown := whole.keys() - self.defaults.keys():
            raise RuntimeError(f"{self.name} has no column {', '.join(sorted(unknown))}")
        if missing := sorted(name for name in self.required if whole[name] is None):
            raise RuntimeError(f"{self.name}: {', '.join(missing)} may not be null")
        return whole

    @property
    def referring(self) -> frozenset[str]:
        """The columns by which rows of this table are found from what they refer to, be it by a constraint or not."""
        constrained = (column for reference in self.references for column in reference.columns[:1])
        return frozenset((*constrained, *({"subject_id"} & self.defaults.keys())))

    def key_of(self, row: Row) -> tuple[object, ...]:
        return tuple(row[column] for column in self.key)


def _shape(table: Table) -> Shape:
    return Shape(
        name=table.name,
        tenant=tenant_column(table.name),
        key=own_key(table.name),
        primary_key=str(table.primary_key.name),
        defaults={column.name: _default(column) for column in table.columns},
        required=frozenset(column.name for column in table.columns if not column.nullable),
        uniques=tuple(_uniques(table)),
        references=tuple(_references(table)),
    )


def _default(column: Column[object]) -> object:
    return SERVER_DEFAULTS[str(column.server_default.arg)] if column.server_default else None  # type: ignore[attr-defined]


def _uniques(table: Table) -> Iterator[Unique]:
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield Unique(str(constraint.name), tuple(constraint.columns.keys()), holds_for=lambda _: True)
    for index in table.indexes:
        if index.unique:
            yield Unique(str(index.name), tuple(index.columns.keys()), holds_for=index.info["holds_for"])


def _references(table: Table) -> Iterator[Reference]:
    for constraint in table.constraints:
        if isinstance(constraint, ForeignKeyConstraint):
            _, *columns = constraint.column_keys
            yield Reference(str(constraint.name), tuple(columns), constraint.referred_table.name)


SHAPES: Final[Mapping[str, Shape]] = {name: _shape(metadata.tables[name]) for name in WALLED}
