"""An order and its parts in one select: parts come as arrays of records beside the order's own columns."""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg
from sqlalchemy import ColumnElement, FromClause, Table, func, select

from adapters.postgres.wall import of_organization
from adapters.records.order_records import PARTS
from adapters.records.rows import Rows
from adapters.records.schema import ORGANIZATION, metadata
from adapters.records.tables import orders

_PART_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    part: tuple(column.name for column in metadata.tables[part].c if column.name != ORGANIZATION) for part in PARTS
}
_UNSEEN: Final = ("events_count", "events_head", "placed_by", "key_hash")
"""What is written with an order, and only looked at by its own constraints and chain."""


def own_columns(of: FromClause = orders) -> list[ColumnElement[Any]]:
    """The columns of an order itself."""
    return [column for column in of.c if column.name not in (ORGANIZATION, *_UNSEEN)]


def order_columns(of: FromClause = orders) -> list[ColumnElement[Any]]:
    """The same, and each table of its parts as one array, in the order of their positions. `of` has its own columns."""
    return [*own_columns(of), *(_part(metadata.tables[name], of) for name in PARTS)]


def rows_of(record: asyncpg.Record) -> Rows:
    """Return the rows of one order from a record with `order_columns`."""
    parts = {
        name: [dict(zip(columns, row, strict=True)) for row in record[name]] for name, columns in _PART_COLUMNS.items()
    }
    return {"orders": [record], **parts}


def _part(table: Table, of: FromClause) -> ColumnElement[Any]:
    row = func.row(*(table.c[name] for name in _PART_COLUMNS[table.name]))
    of_the_order = table.c.order_id == of.c.id
    rows = select(row).where(of_organization(table), of_the_order).order_by(table.c.position).correlate(of)
    return func.array(rows.scalar_subquery()).label(table.name)
