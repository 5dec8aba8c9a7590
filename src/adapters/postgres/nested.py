"""Rows beside a row: all that belong to it as one array of records, in one round trip."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, select

from adapters.postgres.wall import of_organization


def rows_beside(table: Table, columns: tuple[str, ...], *which: ColumnElement[bool]) -> ColumnElement[Any]:
    """The organization's rows of a table, as an array of records with these columns."""
    rows: Select[Any] = select(func.row(*(table.c[name] for name in columns))).where(of_organization(table), *which)
    return func.array(rows.scalar_subquery())
