"""The parameters of one group of alike rows: plain ones for a single row, arrays for several."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, FromClause, bindparam, column, func
from sqlalchemy.types import TypeEngine


class Given:
    """`given["sku"]` is an SQL expression for that value, be there one row or many.

    Never a value, nor how many rows there are, in the text: one shape, one statement.
    """

    def __init__(self, name: str, types: Mapping[str, TypeEngine[Any]], *, many: bool) -> None:
        self._names = {key: f"{name}_{key}" for key in types}
        self._many = many
        self._columns: Mapping[str, ColumnElement[Any]]
        self.froms: tuple[FromClause, ...] = ()
        if many and types:
            arrays = [bindparam(self._names[key], type_=ARRAY(kind)) for key, kind in types.items()]
            rows = func.unnest(*arrays).table_valued(*(column(key, kind) for key, kind in types.items()))
            table = rows.render_derived(name=name)
            self.froms = (table,)
            self._columns = dict(table.c.items())
        else:
            self._columns = {key: bindparam(self._names[key], type_=kind) for key, kind in types.items()}

    def __getitem__(self, key: str) -> ColumnElement[Any]:
        return self._columns[key]

    def values(self, rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
        """Return the driver's parameters for these rows."""
        if self._many:
            return {name: [row[key] for row in rows] for key, name in self._names.items()}
        (row,) = rows
        return {name: row[key] for key, name in self._names.items()}
