"""Statements written once with SQLAlchemy, compiled once to a string, and run by the driver."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.sql.compiler import SQLCompiler

_DIALECT: Final = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves dialects untyped


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `$1 …`, and the names of its parameters in that order."""

    sql: str
    parameters: tuple[str, ...]

    async def fetch(self, connection: asyncpg.Connection, values: Mapping[str, object]) -> list[asyncpg.Record]:
        records: list[asyncpg.Record] = await connection.fetch(self.sql, *(values[name] for name in self.parameters))
        return records


def compiled(statement: ClauseElement) -> Statement:
    text = statement.compile(dialect=_DIALECT)
    assert isinstance(text, SQLCompiler)  # noqa: S101 - what a statement compiles to
    return Statement(str(text), tuple(text.positiontup or ()))
