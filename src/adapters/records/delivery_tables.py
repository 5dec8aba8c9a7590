"""The tables of what is told to others: webhook endpoints, one delivery for each event and receiver, every attempt."""

from typing import Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from adapters.records.schema import INSTANT, ORGANIZATION, of_an_organization, one_of, tenant_table, within

WEBHOOK: Final = "webhook"
MAIL: Final = "mail"
CHANNELS: Final = (WEBHOOK, MAIL)

ENABLED: Final = "enabled"
DISABLED: Final = "disabled"

PENDING: Final = "pending"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"
DROPPED: Final = "dropped"
STATES: Final = (PENDING, DELIVERED, FAILED, DROPPED)
"""`failed`: it was tried as often as it is tried; `dropped`: nobody is there any more to be told."""

webhook_endpoints = tenant_table(
    "webhook_endpoints",
    ("id",),
    of_an_organization(),
    Column("id", Uuid, nullable=False),
    Column("url", Text, nullable=False),
    Column("event_types", ARRAY(Text), nullable=False, comment="`order.placed`, `order.*`; empty: every type"),
    Column("status", Text, nullable=False),
    Column("disabled_because", Text),
    Column("secret", LargeBinary, nullable=False, comment="encrypted under the master key"),
    Column("previous_secret", LargeBinary, comment="the one before, encrypted alike; it signs, too, until then"),
    Column("previous_until", INSTANT),
    Column("created_at", INSTANT, nullable=False),
    Column("removed_at", INSTANT),
    Column("version", Integer, nullable=False),
    one_of("status", (ENABLED, DISABLED)),
    CheckConstraint("disabled_because IS NULL OR status = 'disabled'", name="disabled_because"),
    CheckConstraint("removed_at IS NULL OR status = 'disabled'", name="removed_at"),
    CheckConstraint("(previous_secret IS NULL) = (previous_until IS NULL)", name="previous"),
    CheckConstraint("version >= 1", name="version"),
    Index(
        "webhook_endpoints_by_creation", ORGANIZATION, "created_at", "id", postgresql_where=text("removed_at IS NULL")
    ),
)
"""Who is told of events. What is removed stays, since deliveries refer to it, and is disabled."""

deliveries = tenant_table(
    "deliveries",
    ("id",),
    Column("id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("endpoint_id", Uuid, comment="null for a mail"),
    Column("event_id", Uuid, nullable=False),
    Column("n", Integer, nullable=False, comment="0, or which of the times it was asked for again: 1 …"),
    Column("position", BigInteger, nullable=False, comment="its event's place in the feed"),
    Column("subject", Text, nullable=False, comment="whom the event is of: one receiver is told in order of it"),
    Column("subject_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, comment="how often it was begun"),
    Column("due_at", INSTANT, comment="when it is tried next, by the real clock; null once it is settled"),
    Column("lease_until", INSTANT, comment="until when nobody takes over from whoever is at it, by the real clock"),
    Column("fence", Integer, nullable=False, comment="rises whenever somebody takes it: only the last may settle it"),
    Column("created_at", INSTANT, nullable=False),
    Column("settled_at", INSTANT),
    within("endpoint", ("endpoint_id",), "webhook_endpoints", ("id",)),
    within("event", ("event_id",), "events", ("id",)),
    UniqueConstraint(ORGANIZATION, "endpoint_id", "event_id", "n"),
    one_of("channel", CHANNELS),
    one_of("state", STATES),
    CheckConstraint("(channel = 'webhook') = (endpoint_id IS NOT NULL)", name="endpoint_id"),
    CheckConstraint("(state = 'pending') = (due_at IS NOT NULL)", name="due_at"),
    CheckConstraint("(state = 'pending') = (settled_at IS NULL)", name="settled_at"),
    CheckConstraint("lease_until IS NULL OR state = 'pending'", name="lease_until"),
    CheckConstraint("n >= 0 AND attempts >= 0 AND fence >= 0", name="counts"),
    Index(
        "deliveries_mailed",
        ORGANIZATION,
        "event_id",
        "n",
        unique=True,
        postgresql_where=text("channel = 'mail'"),
        info={"holds_for": lambda row: row["channel"] == MAIL},
    ),
    Index("deliveries_due", "due_at", postgresql_where=text("state = 'pending'")),
    Index(
        "deliveries_due_by_lane",
        ORGANIZATION,
        "endpoint_id",
        "due_at",
        "position",
        "n",
        postgresql_where=text("state = 'pending'"),
    ),
    Index(
        "deliveries_waiting",
        ORGANIZATION,
        "endpoint_id",
        "subject_id",
        "position",
        "n",
        postgresql_where=text("state = 'pending'"),
    ),
    Index("deliveries_by_endpoint", ORGANIZATION, "endpoint_id", "created_at", "id"),
    Index("deliveries_by_event", ORGANIZATION, "event_id"),
)
"""What is to be told to whom: made together with an event's place in the feed. It holds no word of the event itself,
so that nothing stays here of whoever is forgotten.
"""

delivery_attempts = tenant_table(
    "delivery_attempts",
    ("delivery_id", "n"),
    Column("delivery_id", Uuid, nullable=False),
    Column("n", Integer, nullable=False, comment="1 …"),
    Column("at", INSTANT, nullable=False, comment="when it was begun, by the real clock"),
    Column("outcome", Text, nullable=False),
    Column("status", SmallInteger, comment="what the receiver answered, where it did"),
    Column("ms", Integer, nullable=False, comment="how long it took"),
    Column("error", Text, comment="a few words, where there was no answer"),
    within("delivery", ("delivery_id",), "deliveries", ("id",)),
    CheckConstraint("n >= 1 AND ms >= 0", name="counts"),
)
"""Every time something was tried, and what came of it."""
