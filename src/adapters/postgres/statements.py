"""Statements written once with SQLAlchemy, compiled once to a string, and run by the driver."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import asyncpg
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.sql.compiler import SQLCompiler

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
        fetch = (await connection.prepare(self.sql)).fetch if self.anew else partial(connection.fetch, self.sql)
        records: list[asyncpg.Record] = await fetch(*given)
        return records


def compiled(statement: ClauseElement, *, anew: bool = False) -> Statement:
    text = statement.compile(dialect=_DIALECT)
    assert isinstance(text, SQLCompiler)  # noqa: S101 - what a statement compiles to
    return Statement(str(text), tuple(text.positiontup or ()), anew)
