"""The schema: every table, once. Migrations, statements, mappers and the memory store all read it.

Every tenant table has `organization_id` first in its primary key, its foreign keys and its unique constraints, so
that no constraint can be met, broken or sensed across tenants. States are text, not enums: only leakproof operators
reach an index under row-level security.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.schema import SchemaItem

from domain.identity.roles import Role
from domain.ordering.lifecycle import State
from domain.ordering.order import CancelledBy
from domain.shared.money import MAX_AMOUNT
from domain.stock import Cause

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


def one_of(column: str, values: type[State] | type[Role] | type[Cause] | type[CancelledBy]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in sorted(values))
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def amount(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} >= 0 AND {column} <= {MAX_AMOUNT}", name=column)


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


def life() -> tuple[SchemaItem, ...]:
    return (
        Column("created_at", INSTANT, nullable=False),
        Column("updated_at", INSTANT, nullable=False),
        Column("version", Integer, nullable=False),
        CheckConstraint("version >= 1", name="version"),
    )


organizations = Table(
    "organizations",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("sandbox", Boolean, nullable=False),
    Column("clock_offset_seconds", BigInteger, nullable=False, server_default=text("0")),
    Column("max_items_per_order", Integer, nullable=False),
    Column("minimum_order_value", BigInteger, nullable=False),
    Column("auto_cancel_after_hours", Integer, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("slug"),
    CheckConstraint("max_items_per_order >= 1", name="max_items_per_order"),
    CheckConstraint("auto_cancel_after_hours >= 1", name="auto_cancel_after_hours"),
    CheckConstraint("sandbox OR clock_offset_seconds = 0", name="clock_offset_seconds"),
    amount("minimum_order_value"),
)

customers = tenant_table(
    "customers",
    ("id",),
    of_an_organization(),
    Column("id", Uuid, nullable=False),
    Column("email", Text, nullable=False),
    Column("mailbox", Text, nullable=False, comment="the e-mail address as it is compared"),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("shipping_address", JSONB),
    *life(),
    *chain(),
    UniqueConstraint(ORGANIZATION, "mailbox"),
    CheckConstraint("status IN ('active', 'suspended')", name="status"),
    Index("customers_by_creation", ORGANIZATION, "created_at", "id"),
)

members = tenant_table(
    "members",
    ("id",),
    of_an_organization(),
    Column("id", Uuid, nullable=False),
    Column("email", Text, nullable=False),
    Column("mailbox", Text, nullable=False, comment="the e-mail address as it is compared"),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("customer_id", Uuid),
    Column("password_hash", Text, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("version", Integer, nullable=False),
    *chain(),
    UniqueConstraint(ORGANIZATION, "mailbox"),
    within("customer", ("customer_id",), "customers", ("id",)),
    one_of("role", Role),
    CheckConstraint("(role = 'customer') = (customer_id IS NOT NULL)", name="customer_id"),
)

products = tenant_table(
    "products",
    ("id",),
    of_an_organization(),
    Column("id", Uuid, nullable=False),
    Column("sku", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("unit_price", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("on_hand", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    *life(),
    *chain(),
    amount("unit_price"),
    CheckConstraint("status IN ('active', 'archived')", name="status"),
    CheckConstraint("0 <= reserved AND reserved <= on_hand", name="stock"),
    Index(
        "products_sku_key",
        ORGANIZATION,
        "sku",
        unique=True,
        postgresql_where=text("status <> 'archived'"),
        info={"holds_for": lambda row: row["status"] != "archived"},
    ),
    Index("products_by_creation", ORGANIZATION, "created_at", "id"),
)

orders = tenant_table(
    "orders",
    ("id",),
    Column("id", Uuid, nullable=False),
    Column("number", Text, nullable=False),
    Column("external_reference", Text),
    Column("customer_id", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("shipping_address", JSONB, nullable=False),
    Column("note", Text),
    Column("cancelled_reason", Text),
    Column("cancelled_by", Text),
    Column("cancelled_at", INSTANT),
    Column("expires_at", INSTANT, nullable=False),
    *life(),
    *chain(),
    UniqueConstraint(ORGANIZATION, "number"),
    UniqueConstraint(ORGANIZATION, "external_reference"),
    within("customer", ("customer_id",), "customers", ("id",)),
    one_of("status", State),
    one_of("cancelled_by", CancelledBy),
    amount("total"),
    CheckConstraint("(status = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_at"),
    CheckConstraint("(cancelled_by IS NULL) = (cancelled_at IS NULL)", name="cancelled"),
    Index("orders_by_creation", ORGANIZATION, "created_at", "id"),
    Index("orders_by_customer", ORGANIZATION, "customer_id", "created_at", "id"),
    Index("orders_by_status", ORGANIZATION, "status", "created_at", "id"),
)

order_lines = tenant_table(
    "order_lines",
    ("order_id", "id"),
    Column("order_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("product_id", Uuid, nullable=False),
    Column("sku", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("unit_price", BigInteger, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("shipped", Integer, nullable=False),
    Column("delivered", Integer, nullable=False),
    Column("returned", Integer, nullable=False),
    Column("recalled", Integer, nullable=False),
    within("order", ("order_id",), "orders", ("id",)),
    within("product", ("product_id",), "products", ("id",)),
    amount("unit_price"),
    CheckConstraint("quantity >= 1 AND quantity <= 999", name="quantity"),
    CheckConstraint(
        "0 <= recalled AND recalled <= returned AND 0 <= delivered AND returned <= delivered + recalled"
        " AND delivered + recalled <= shipped AND shipped <= quantity",
        name="units",
    ),
    Index("order_lines_by_product", ORGANIZATION, "product_id"),
)

shipments = tenant_table(
    "shipments",
    ("id",),
    Column("id", Uuid, nullable=False),
    Column("order_id", Uuid, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("carrier", Text),
    Column("tracking_number", Text),
    Column("shipped_at", INSTANT, nullable=False),
    Column("delivered_at", INSTANT),
    within("order", ("order_id",), "orders", ("id",)),
    UniqueConstraint(ORGANIZATION, "order_id", "position"),
)

shipment_lines = tenant_table(
    "shipment_lines",
    ("shipment_id", "line_id"),
    Column("shipment_id", Uuid, nullable=False),
    Column("line_id", Uuid, nullable=False),
    Column("order_id", Uuid, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("quantity", Integer, nullable=False),
    within("shipment", ("shipment_id",), "shipments", ("id",)),
    within("line", ("order_id", "line_id"), "order_lines", ("order_id", "id")),
    CheckConstraint("quantity >= 1", name="quantity"),
    Index("shipment_lines_by_order", ORGANIZATION, "order_id"),
)

order_returns = tenant_table(
    "order_returns",
    ("id",),
    Column("id", Uuid, nullable=False),
    Column("order_id", Uuid, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("reason", Text),
    Column("refund", BigInteger, nullable=False),
    Column("at", INSTANT, nullable=False),
    within("order", ("order_id",), "orders", ("id",)),
    UniqueConstraint(ORGANIZATION, "order_id", "position"),
    amount("refund"),
)

return_lines = tenant_table(
    "return_lines",
    ("return_id", "line_id"),
    Column("return_id", Uuid, nullable=False),
    Column("line_id", Uuid, nullable=False),
    Column("order_id", Uuid, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("restock", Boolean, nullable=False),
    within("return", ("return_id",), "order_returns", ("id",)),
    within("line", ("order_id", "line_id"), "order_lines", ("order_id", "id")),
    CheckConstraint("quantity >= 1", name="quantity"),
    Index("return_lines_by_order", ORGANIZATION, "order_id"),
)

stock_ledger = tenant_table(
    "stock_ledger",
    ("id",),
    Column("id", Uuid, nullable=False),
    Column("product_id", Uuid, nullable=False),
    Column("cause", Text, nullable=False),
    Column("on_hand", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("reference", Uuid, nullable=False, comment="the order, or the adjustment, that moved the stock"),
    Column("note", Text),
    Column("actor", Text, nullable=False),
    Column("at", INSTANT, nullable=False),
    within("product", ("product_id",), "products", ("id",)),
    one_of("cause", Cause),
    CheckConstraint("on_hand <> 0 OR reserved <> 0", name="moves"),
    Index("stock_ledger_by_product", ORGANIZATION, "product_id", "id"),
)

events = tenant_table(
    "events",
    ("id",),
    Column("id", Uuid, nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("actor", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("position", BigInteger, comment="the place in the organization's feed, null until it is numbered"),
    UniqueConstraint(ORGANIZATION, "subject", "subject_id", "sequence"),
    UniqueConstraint(ORGANIZATION, "position"),
    Index("events_without_position", ORGANIZATION, "id", postgresql_where=text("position IS NULL")),
)
