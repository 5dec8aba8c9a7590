"""The first tenant wall: the one filter that every statement takes. (Row-level security is the second.)"""

from typing import Final

from sqlalchemy import BindParameter, ColumnElement, Table, Uuid, bindparam

from adapters.records.schema import tenant_column

PARAMETER: Final = "organization"


def organization() -> BindParameter[object]:
    """The organization that a statement serves."""
    return bindparam(PARAMETER, type_=Uuid())


def of_organization(table: Table) -> ColumnElement[bool]:
    """Only the rows of the organization that is served."""
    return table.c[tenant_column(table.name)] == organization()
