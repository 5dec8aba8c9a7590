"""How tenant tables are made: what every schema of this shape needs. Knows no context.

Every tenant table has `organization_id` first in its primary key, its foreign keys and its unique constraints, so
that no constraint can be met, broken or sensed across tenants. States are text, not enums: only leakproof operators
reach an index under row-level security.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.schema import SchemaItem

from domain.shared.money import MAX_AMOUNT

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(constraint_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

INSTANT: Final = TIMESTAMP(timezone=True)
ORGANIZATION: Final = "organization_id"


def tenant_column(table: str) -> str:
    """The column that says whose a row is."""
    return "id" if table == "organizations" else ORGANIZATION


def own_key(table: str) -> tuple[str, ...]:
    """The primary key within an organization: its columns without the organization."""
    whose = tenant_column(table)
    return tuple(column.name for column in metadata.tables[table].primary_key if column.name != whose)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in sorted(values))
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def amount(column: str) -> CheckConstraint:
    return between(column, 0, MAX_AMOUNT)


def between(column: str, least: int, most: int) -> CheckConstraint:
    return CheckConstraint(f"{column} >= {least} AND {column} <= {most}", name=column)


def tenant_table(name: str, key: tuple[str, ...], *items: SchemaItem) -> Table:
    """A table whose rows belong to an organization; `key` is its primary key within the organization."""
    return Table(
        name,
        metadata,
        Column(ORGANIZATION, Uuid, nullable=False),
        *items,
        PrimaryKeyConstraint(ORGANIZATION, *key),
    )


def within(name: str, columns: tuple[str, ...], table: str, referred: tuple[str, ...]) -> ForeignKeyConstraint:
    """A foreign key that cannot leave the organization."""
    return ForeignKeyConstraint(
        [ORGANIZATION, *columns], [f"{table}.{column}" for column in (ORGANIZATION, *referred)], name=name
    )


def of_an_organization() -> ForeignKeyConstraint:
    """For roots; parts reach the organization through their root, and spare its row a lock with every insert."""
    return ForeignKeyConstraint([ORGANIZATION], ["organizations.id"], name="organization")


def chain() -> tuple[Column[int], Column[bytes]]:
    """The end of a subject's chain of events: how many there are, and the hash of the last."""
    return (
        Column("events_count", Integer, nullable=False, server_default=text("0")),
        Column("events_head", LargeBinary, nullable=False, server_default=text("'\\x'::bytea")),
    )


def made_once() -> tuple[SchemaItem, ...]:
    """For roots that may not be made twice: by whom they were made, and under which key, where there was one."""
    return (
        Column("placed_by", Text, comment="the principal whose key it was"),
        Column("key_hash", LargeBinary, comment="SHA-256 of the key under which it was made: never twice"),
        UniqueConstraint(ORGANIZATION, "placed_by", "key_hash"),
        CheckConstraint("(placed_by IS NULL) = (key_hash IS NULL)", name="key_hash"),
    )


def life() -> tuple[SchemaItem, ...]:
    return (
        Column("created_at", INSTANT, nullable=False),
        Column("updated_at", INSTANT, nullable=False),
        Column("version", Integer, nullable=False),
        CheckConstraint("version >= 1", name="version"),
    )
