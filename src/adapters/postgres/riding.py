"""A first read, and what stands under the caller's key riding along with it: one round trip for both.

    the key     one row, whatever is found
    kept        the answer that stands under it, if any
    original    else what was once made under it, if anything
    read        what the use case looks for, unless there is an answer that has not expired

Knows no context: which tables remember their keys, `records.answers` knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg
from sqlalchemy import (
    LargeBinary,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from adapters.postgres.statements import Statement, compiled
from adapters.postgres.wall import of_organization
from adapters.records.answers import COLUMNS, ORIGINALS, TABLE, Kept
from adapters.records.changes import Row
from adapters.records.schema import INSTANT, metadata

CLOCK: Final = "clock_offset_seconds"
"""In every row that a look finds, and never null."""

_KEPT: Final = {name: f"kept_{name}" for name in COLUMNS}
_COLLECTION: Final = "original_collection"
_ID: Final = "original_id"

_PRINCIPAL: Final = bindparam("claim_principal", type_=Text())
_KEY_HASH: Final = bindparam("claim_key_hash", type_=LargeBinary())
_NOW: Final = bindparam("claim_now", type_=INSTANT)


@dataclass(frozen=True, slots=True)
class Look:
    """A read as it stands, and with what stands under a key riding along."""

    alone: Statement
    ridden: Statement


def look(read: Select[Any]) -> Look:
    """Every row of `read` carries the organization's clock."""
    return Look(compiled(read), compiled(riding(read)))


def riding(read: Select[Any]) -> Select[Any]:
    """The rows of `read`, or a single one without a clock; each with what stands under the key."""
    key = select(literal_column("1")).subquery("key")
    kept, original, found = metadata.tables[TABLE], _originals(), read.subquery("read").lateral()
    mine = and_(of_organization(kept), kept.c.principal == _PRINCIPAL, kept.c.key_hash == _KEY_HASH)
    return select(
        *(kept.c[name].label(label) for name, label in _KEPT.items()),
        original.c.collection.label(_COLLECTION),
        original.c.id.label(_ID),
        *found.c,
    ).select_from(
        key.outerjoin(kept, mine)
        .outerjoin(original, true())
        .outerjoin(found, or_(kept.c.expires_at.is_(None), kept.c.expires_at <= _NOW))
    )


def keyed(key: Row, at: datetime) -> Mapping[str, object]:
    """Return what a ridden read takes besides: the key of the answer's row, and when it would have expired."""
    return {**{f"claim_{name}": value for name, value in key.items()}, _NOW.key: at}


def kept_in(record: asyncpg.Record) -> Kept:
    """Return what rode along with a read."""
    row = {name: record[label] for name, label in _KEPT.items()}
    return Kept(row if row["expires_at"] is not None else None, record[_COLLECTION], record[_ID])


def _originals() -> Subquery:
    """What was made under the key, at most one."""
    tables = [metadata.tables[name] for name in ORIGINALS]
    made = [
        select(literal_column(f"'{table.name}'", Text()).label("collection"), table.c.id)
        .where(of_organization(table), table.c.placed_by == _PRINCIPAL, table.c.key_hash == _KEY_HASH)
        .correlate(None)
        for table in tables
    ]
    return union_all(*made).subquery("original")
