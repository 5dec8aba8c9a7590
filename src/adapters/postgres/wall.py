"""The first tenant wall: the one filter that every statement takes. (Row-level security is the second.)"""

from typing import Final

from sqlalchemy import BindParameter, ColumnElement, Uuid, bindparam
from sqlalchemy.sql.selectable import NamedFromClause

from adapters.records.schema import tenant_column

PARAMETER: Final = "organization"


def organization() -> BindParameter[object]:
    """The organization that a statement serves."""
    return bindparam(PARAMETER, type_=Uuid())


def of_organization(table: NamedFromClause) -> ColumnElement[bool]:
    """Only the rows of the organization that is served. (An alias is a table of an organization, too.)"""
    return table.c[tenant_column(table.name)] == organization()
