"""Statements written once with SQLAlchemy, compiled once to a string, and run by the driver."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Final

import asyncpg
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.sql.compiler import SQLCompiler

from adapters.postgres.tenant_connection import TenantConnection

_DIALECT: Final = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves dialects untyped


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `$1 …`, and the names of its parameters in that order.

    `anew`: no plan serves all values, so each time PostgreSQL plans it for those that it is given; that takes one round
    trip more.
    """

    sql: str
    parameters: tuple[str, ...]
    anew: bool = False

    async def fetch(self, connection: asyncpg.Connection, values: Mapping[str, object]) -> list[asyncpg.Record]:
        given = [values[name] for name in self.parameters]
        fetch = partial(fetch_anew, connection) if self.anew else connection.fetch
        records: list[asyncpg.Record] = await fetch(self.sql, *given)
        return records


async def fetch_anew(connection: asyncpg.Connection, sql: str, *given: object) -> list[asyncpg.Record]:
    """Prepare it, and run it once. Who watches the connection is told, which asyncpg leaves out here."""
    prepared = await connection.prepare(sql)
    records: list[asyncpg.Record]
    with connection.told(sql) if isinstance(connection, TenantConnection) else nullcontext():
        records = await prepared.fetch(*given)
        return records


def compiled(statement: ClauseElement, *, anew: bool = False) -> Statement:
    text = statement.compile(dialect=_DIALECT)
    assert isinstance(text, SQLCompiler)  # noqa: S101 - what a statement compiles to
    return Statement(str(text), tuple(text.positiontup or ()), anew)
