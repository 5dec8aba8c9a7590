"""The tables, every one of them, once. Migrations, statements, mappers and the memory store all read this page."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from adapters.records import delivery_tables
from adapters.records.schema import (
    INSTANT,
    ORGANIZATION,
    amount,
    between,
    chain,
    life,
    made_once,
    metadata,
    of_an_organization,
    one_of,
    tenant_table,
    within,
)
from domain.identity.api_key import GRANTABLE
from domain.identity.roles import Role
from domain.identity.session import RevokedBecause
from domain.ordering.lifecycle import State
from domain.ordering.order import CancelledBy
from domain.ordering.payment import Outcome, Verb
from domain.ordering.payment_lifecycle import DEAD, PaymentStatus
from domain.ordering.policy import BOUNDS
from domain.stock import Cause


def revocation_noted() -> Column[datetime]:
    """A trigger's column: what was revoked is looked for across organizations by the database's own clock."""
    return Column("revocation_noted_at", INSTANT, comment="when PostgreSQL was told, by its own clock")


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
    Column("owners", Integer, nullable=False, comment="how many of its members own it"),
    Column("mail", Boolean, nullable=False, server_default=text("false"), comment="whether customers are written to"),
    Column("created_at", INSTANT, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("slug"),
    CheckConstraint("owners >= 1", name="owners"),
    *(between(column, *bounds) for column, bounds in BOUNDS.items()),
    CheckConstraint("sandbox OR clock_offset_seconds = 0", name="clock_offset_seconds"),
    Index("organizations_moved", "id", postgresql_where=text("clock_offset_seconds <> 0")),
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
    CheckConstraint("status IN ('active', 'suspended', 'erased')", name="status"),
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
    Column("reset_hash", LargeBinary, comment="SHA-256 of the one-time token that sets a new password"),
    Column("reset_expires_at", INSTANT),
    Column("logins", Integer, nullable=False, comment="how many sessions there ever were"),
    Column("created_at", INSTANT, nullable=False),
    Column("removed_at", INSTANT),
    Column("version", Integer, nullable=False),
    *chain(),
    within("customer", ("customer_id",), "customers", ("id",)),
    one_of("role", Role),
    CheckConstraint("(role = 'customer') = (customer_id IS NOT NULL)", name="customer_id"),
    CheckConstraint("(reset_hash IS NULL) = (reset_expires_at IS NULL)", name="reset"),
    Index(
        "members_organization_id_mailbox_key",
        ORGANIZATION,
        "mailbox",
        unique=True,
        postgresql_where=text("removed_at IS NULL"),
        info={"holds_for": lambda row: row["removed_at"] is None},
    ),
    Index("members_by_creation", ORGANIZATION, "created_at", "id"),
    Index("members_by_customer", ORGANIZATION, "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
)

sessions = tenant_table(
    "sessions",
    ("id",),
    Column("id", Uuid, nullable=False),
    Column("member_id", Uuid, nullable=False),
    Column("user_agent", Text),
    Column("head_id", Uuid, nullable=False, comment="the one refresh token that nobody has used yet"),
    Column("created_at", INSTANT, nullable=False),
    Column("last_used_at", INSTANT, nullable=False),
    Column("revoked_at", INSTANT),
    Column("revoked_because", Text),
    revocation_noted(),
    Column("version", Integer, nullable=False),
    within("member", ("member_id",), "members", ("id",)),
    one_of("revoked_because", RevokedBecause),
    CheckConstraint("(revoked_at IS NULL) = (revoked_because IS NULL)", name="revoked"),
    Index(
        "sessions_by_member", ORGANIZATION, "member_id", "created_at", "id", postgresql_where=text("revoked_at IS NULL")
    ),
    Index("sessions_by_revocation", "revocation_noted_at", postgresql_where=text("revocation_noted_at IS NOT NULL")),
)

refresh_tokens = tenant_table(
    "refresh_tokens",
    ("id",),
    Column("id", Uuid, nullable=False),
    Column("session_id", Uuid, nullable=False),
    Column("parent_id", Uuid),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, comment="the token itself, to be opened with its parent alone"),
    Column("issued_at", INSTANT, nullable=False),
    within("session", ("session_id",), "sessions", ("id",)),
    within("parent", ("parent_id",), "refresh_tokens", ("id",)),
    UniqueConstraint(ORGANIZATION, "parent_id"),
    CheckConstraint("(parent_id IS NULL) = (sealed IS NULL)", name="sealed"),
    CheckConstraint("octet_length(secret_hash) = 32", name="secret_hash"),
    Index("refresh_tokens_by_session", ORGANIZATION, "session_id"),
)

api_keys = tenant_table(
    "api_keys",
    ("id",),
    of_an_organization(),
    Column("id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("prefix", Text, nullable=False, comment="what may be shown of the key"),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("last_used_at", INSTANT),
    Column("revoked_at", INSTANT),
    revocation_noted(),
    Column("version", Integer, nullable=False),
    one_of("role", GRANTABLE),
    CheckConstraint("octet_length(secret_hash) = 32", name="secret_hash"),
    Index("api_keys_by_creation", ORGANIZATION, "created_at", "id", postgresql_where=text("revoked_at IS NULL")),
    Index("api_keys_by_revocation", "revocation_noted_at", postgresql_where=text("revocation_noted_at IS NOT NULL")),
)

products = tenant_table(
    "products",
    ("id",),
    of_an_organization(),
    Column("id", Uuid, nullable=False),
    Column("sku", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("folded_name", Text(collation="C"), nullable=False, comment="the name as it is searched"),
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
    Index("products_by_status", ORGANIZATION, "status", "created_at", "id"),
    Index("products_by_sku", ORGANIZATION, "sku", "created_at", "id"),
    Index("products_by_name", ORGANIZATION, "folded_name", "id"),
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
    *made_once(),
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
    Index("orders_by_total", ORGANIZATION, "total", "id"),
    Index("orders_due", "expires_at", postgresql_where=text("status = 'pending'")),
    Index("orders_due_by_organization", ORGANIZATION, "expires_at", "id", postgresql_where=text("status = 'pending'")),
)

order_lines = tenant_table(
    "order_lines",
    ("order_id", "id"),
    Column("order_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("product_id", Uuid, nullable=False),
    Column("ordered_at", INSTANT, nullable=False, comment="when its order was made"),
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
    Index("order_lines_by_product", ORGANIZATION, "product_id", "ordered_at", "order_id"),
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

payments = tenant_table(
    "payments",
    ("id",),
    Column("id", Uuid, nullable=False),
    Column("order_id", Uuid, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("method", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("authorized", BigInteger, nullable=False),
    Column("captured", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("decline_code", Text),
    Column("reference", Text, comment="what the gateway calls it"),
    Column("untold", Integer, nullable=False, comment="how many versions of its order no event tells"),
    within("order", ("order_id",), "orders", ("id",)),
    UniqueConstraint(ORGANIZATION, "order_id", "position"),
    one_of("status", PaymentStatus),
    amount("authorized"),
    CheckConstraint("0 <= captured AND captured <= authorized", name="captured"),
    CheckConstraint("0 <= refunded AND refunded <= captured", name="refunded"),
    Index(
        "payments_alive",
        ORGANIZATION,
        "order_id",
        unique=True,
        postgresql_where=text("status <> 'declined' AND status <> 'voided'"),
        info={"holds_for": lambda row: row["status"] not in DEAD},
    ),
)

payment_operations = tenant_table(
    "payment_operations",
    ("payment_id", "position"),
    Column("payment_id", Uuid, nullable=False),
    Column("position", SmallInteger, nullable=False, comment="1 …; a part of the key that the gateway knows it by"),
    Column("order_id", Uuid, nullable=False),
    Column("verb", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("decline_code", Text),
    Column("holder", Uuid, nullable=False, comment="who carries it out; whoever takes over has another one"),
    Column("lease_until", INSTANT, nullable=False, comment="until when nobody takes over, by the real clock"),
    Column("principal", Text, comment="whose request asked for it"),
    Column("key_hash", LargeBinary, comment="SHA-256 of the key of that request"),
    Column("fingerprint", LargeBinary, comment="SHA-256 of all that was asked for"),
    Column("plan", JSONB, comment="the parcel that leaves when it succeeds"),
    within("payment", ("payment_id",), "payments", ("id",)),
    within("order", ("order_id",), "orders", ("id",)),
    one_of("verb", Verb),
    one_of("outcome", Outcome),
    amount("amount"),
    CheckConstraint("(outcome = 'declined') = (decline_code IS NOT NULL)", name="decline_code"),
    CheckConstraint(
        "(principal IS NULL) = (key_hash IS NULL) AND (key_hash IS NULL) = (fingerprint IS NULL)", name="claim"
    ),
    CheckConstraint("plan IS NULL OR verb = 'capture'", name="plan"),
    Index("payment_operations_by_order", ORGANIZATION, "order_id"),
    Index("payment_operations_due", "lease_until", postgresql_where=text("outcome = 'open'")),
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
    Column("reference_to", Text, nullable=False, comment="which of the two it is"),
    Column("note", Text),
    Column("actor", Text, nullable=False),
    Column("at", INSTANT, nullable=False),
    within("product", ("product_id",), "products", ("id",)),
    one_of("cause", Cause),
    CheckConstraint("on_hand <> 0 OR reserved <> 0", name="moves"),
    CheckConstraint(
        "(reference_to = 'order' AND cause IN ('reserved', 'released', 'shipped', 'returned'))"
        " OR (reference_to = 'adjustment' AND reserved = 0"
        " AND cause IN ('received', 'correction', 'damaged', 'returned'))",
        name="reference_to",
    ),
    Index("stock_ledger_by_product", ORGANIZATION, "product_id", "at", "id"),
    Index("stock_ledger_by_reference", ORGANIZATION, "reference"),
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
    Column("personal", Text, comment="what it says of people, with a salt; its body vouches for it"),
    Column("hash", LargeBinary, nullable=False),
    Column("position", BigInteger, comment="the place in the organization's feed, null until it is numbered"),
    UniqueConstraint(ORGANIZATION, "subject", "subject_id", "sequence"),
    UniqueConstraint(ORGANIZATION, "position"),
    CheckConstraint("position >= 1", name="position"),
    Index("events_without_position", ORGANIZATION, "id", postgresql_where=text("position IS NULL")),
)

idempotency_keys = tenant_table(
    "idempotency_keys",
    ("principal", "key_hash"),
    Column("principal", Text, nullable=False, comment="whose key it is: `user:<uuid>`, `api-key:<uuid>`"),
    Column("key_hash", LargeBinary, nullable=False, comment="SHA-256 of the key"),
    Column("fingerprint", LargeBinary, nullable=False, comment="SHA-256 of all that was asked for"),
    Column("status", SmallInteger, nullable=False),
    Column("headers", Text, nullable=False, comment="`name: value`, a line each"),
    Column("body", LargeBinary, nullable=False),
    Column("sealed", Boolean, nullable=False, comment="whether the body shows a secret, and is encrypted"),
    Column("created_at", INSTANT, nullable=False),
    Column("expires_at", INSTANT, nullable=False),
    CheckConstraint("octet_length(key_hash) = 32 AND octet_length(fingerprint) = 32", name="hashes"),
    Index("idempotency_keys_by_end", "expires_at"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("limit_name", Text, nullable=False),
    Column("subject", LargeBinary, nullable=False, comment="SHA-256: whose address or account it is, is nowhere"),
    Column("ends_at", INSTANT, nullable=False, comment="when the window that began with the first attempt is over"),
    Column("count", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    PrimaryKeyConstraint("limit_name", "subject"),
    CheckConstraint("count >= 1 AND failures >= 0", name="count"),
    Index("attempts_by_end", "ends_at"),
    prefixes=["UNLOGGED"],  # a crash may forget who tried how often; so no log-in waits for a disk
)

simulated_ledger = Table(
    "simulated_ledger",
    metadata,
    Column("key", Text, nullable=False),
    Column("payment_id", Uuid, nullable=False),
    Column("verb", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("decline_code", Text, comment="null where it was done"),
    Column("landed_at", INSTANT, comment="since when it is so; null while the request for it is lost on its way"),
    PrimaryKeyConstraint("key"),
    Index("simulated_ledger_by_payment", "payment_id"),
)
"""What the simulated payment gateway has done: the books of somebody else, which our transactions do not reach."""

webhook_endpoints = delivery_tables.webhook_endpoints
deliveries = delivery_tables.deliveries
delivery_attempts = delivery_tables.delivery_attempts

OF_NOBODY = ("attempts", "simulated_ledger")

WALLED = tuple(name for name in metadata.tables if name not in OF_NOBODY)
"""Tables whose rows belong to an organization: all but what is asked before it is known, and what is not our own."""
