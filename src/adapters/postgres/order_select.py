"""An order and its parts in one select: parts come as arrays of records beside the order's own columns."""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg
from sqlalchemy import ColumnElement, Table, func, select

from adapters.postgres.wall import of_organization
from adapters.records.order_records import PARTS
from adapters.records.rows import Rows
from adapters.records.schema import ORGANIZATION, metadata
from adapters.records.tables import orders

_PART_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    part: tuple(column.name for column in metadata.tables[part].c if column.name != ORGANIZATION) for part in PARTS
}
_CHAIN: Final = ("events_count", "events_head")


def order_columns() -> list[ColumnElement[Any]]:
    """The columns of an order, each table of its parts as one array, in the order of their positions."""
    own = [column for column in orders.c if column.name not in (ORGANIZATION, *_CHAIN)]
    return [*own, *(_part(metadata.tables[name]) for name in PARTS)]


def rows_of(record: asyncpg.Record) -> Rows:
    """Return the rows of one order from a record with `order_columns`."""
    parts = {
        name: [dict(zip(columns, row, strict=True)) for row in record[name]] for name, columns in _PART_COLUMNS.items()
    }
    return {"orders": [record], **parts}


def _part(table: Table) -> ColumnElement[Any]:
    row = func.row(*(table.c[name] for name in _PART_COLUMNS[table.name]))
    of_the_order = table.c.order_id == orders.c.id
    rows = select(row).where(of_organization(table), of_the_order).order_by(table.c.position).correlate(orders)
    return func.array(rows.scalar_subquery()).label(table.name)
