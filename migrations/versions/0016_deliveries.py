"""Webhook endpoints, deliveries and their attempts; events get their place in the feed, once, from the relay alone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.postgres.walling import wall

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

INSTANT = postgresql.TIMESTAMP(timezone=True)

WALLED = {
    "webhook_endpoints": "SELECT, INSERT, UPDATE",
    "deliveries": "SELECT, INSERT, UPDATE",
    "delivery_attempts": "SELECT, INSERT",
}
"""What the application may do, by table."""

BORN_WITH = "organization_id, id, subject, subject_id, sequence, type, at, actor, request_id, body, personal, hash"
"""The columns of an event that whoever writes it may fill: all but its place in the feed."""


def upgrade() -> None:
    op.add_column(
        "organizations",
        sa.Column(
            "mail",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="whether customers are written to",
        ),
    )
    _webhook_endpoints()
    _deliveries()
    _delivery_attempts()
    for table, rights in WALLED.items():
        wall(table, rights)
    op.execute(
        "CREATE POLICY due ON deliveries FOR SELECT TO orderwright_system USING (state = 'pending' AND due_at <= now())"
    )
    op.execute(
        "GRANT SELECT (organization_id, id, channel, endpoint_id, state, due_at, lease_until) ON deliveries"
        " TO orderwright_system"
    )
    _numbered_once()


def _numbered_once() -> None:
    """No event is born with a place in the feed, none that has one gets another, and nobody but the relay looks."""
    op.execute("REVOKE INSERT ON events FROM orderwright_app")
    op.execute(f"GRANT INSERT ({BORN_WITH}), UPDATE (position) ON events TO orderwright_app")
    op.execute("GRANT SELECT (id, position) ON events TO orderwright_system")
    op.create_check_constraint(op.f("events_position_check"), "events", "position >= 1")
    op.execute(
        "CREATE FUNCTION events_numbered_once() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$"
        " BEGIN RAISE EXCEPTION 'an event keeps its place in the feed: %', OLD.position"
        " USING ERRCODE = 'OW003', CONSTRAINT = TG_NAME; END $$"
    )
    op.execute(
        "CREATE TRIGGER events_numbered_once BEFORE UPDATE ON events FOR EACH ROW"
        " WHEN (OLD.position IS NOT NULL AND NEW.position IS DISTINCT FROM OLD.position)"
        " EXECUTE FUNCTION events_numbered_once()"
    )


def _webhook_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column(
            "event_types",
            sa.ARRAY(sa.Text()),
            nullable=False,
            comment="`order.placed`, `order.*`; empty: every type",
        ),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("disabled_because", sa.Text(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False, comment="encrypted under the master key"),
        sa.Column(
            "previous_secret",
            sa.LargeBinary(),
            nullable=True,
            comment="the one before, encrypted alike; it signs, too, until then",
        ),
        sa.Column("previous_until", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('disabled', 'enabled')", name=op.f("webhook_endpoints_status_check")),
        sa.CheckConstraint(
            "disabled_because IS NULL OR status = 'disabled'", name=op.f("webhook_endpoints_disabled_because_check")
        ),
        sa.CheckConstraint(
            "removed_at IS NULL OR status = 'disabled'", name=op.f("webhook_endpoints_removed_at_check")
        ),
        sa.CheckConstraint(
            "(previous_secret IS NULL) = (previous_until IS NULL)", name=op.f("webhook_endpoints_previous_check")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("webhook_endpoints_version_check")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("webhook_endpoints_organization_fkey")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("webhook_endpoints_pkey")),
    )
    op.create_index(
        "webhook_endpoints_by_creation",
        "webhook_endpoints",
        ["organization_id", "created_at", "id"],
        postgresql_where=sa.text("removed_at IS NULL"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=True, comment="null for a mail"),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, comment="0, or which of the times it was asked for again: 1 …"),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="its event's place in the feed"),
        sa.Column(
            "subject", sa.Text(), nullable=False, comment="whom the event is of: one receiver is told in order of it"
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="how often it was begun"),
        sa.Column(
            "due_at",
            INSTANT,
            nullable=True,
            comment="when it is tried next, by the real clock; null once it is settled",
        ),
        sa.Column(
            "lease_until",
            INSTANT,
            nullable=True,
            comment="until when nobody takes over from whoever is at it, by the real clock",
        ),
        sa.Column(
            "fence",
            sa.Integer(),
            nullable=False,
            comment="rises whenever somebody takes it: only the last may settle it",
        ),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.CheckConstraint("channel IN ('mail', 'webhook')", name=op.f("deliveries_channel_check")),
        sa.CheckConstraint(
            "state IN ('delivered', 'dropped', 'failed', 'pending')", name=op.f("deliveries_state_check")
        ),
        sa.CheckConstraint(
            "(channel = 'webhook') = (endpoint_id IS NOT NULL)", name=op.f("deliveries_endpoint_id_check")
        ),
        sa.CheckConstraint("(state = 'pending') = (due_at IS NOT NULL)", name=op.f("deliveries_due_at_check")),
        sa.CheckConstraint("(state = 'pending') = (settled_at IS NULL)", name=op.f("deliveries_settled_at_check")),
        sa.CheckConstraint("lease_until IS NULL OR state = 'pending'", name=op.f("deliveries_lease_until_check")),
        sa.CheckConstraint("n >= 0 AND attempts >= 0 AND fence >= 0", name=op.f("deliveries_counts_check")),
        sa.ForeignKeyConstraint(
            ["organization_id", "endpoint_id"],
            ["webhook_endpoints.organization_id", "webhook_endpoints.id"],
            name=op.f("deliveries_endpoint_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"], ["events.organization_id", "events.id"], name=op.f("deliveries_event_fkey")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("deliveries_pkey")),
        sa.UniqueConstraint(
            "organization_id",
            "endpoint_id",
            "event_id",
            "n",
            name=op.f("deliveries_organization_id_endpoint_id_event_id_n_key"),
        ),
    )
    op.create_index(
        "deliveries_mailed",
        "deliveries",
        ["organization_id", "event_id", "n"],
        unique=True,
        postgresql_where=sa.text("channel = 'mail'"),
    )
    pending = {"postgresql_where": sa.text("state = 'pending'")}
    op.create_index("deliveries_due", "deliveries", ["due_at"], **pending)
    lane = ["organization_id", "endpoint_id"]
    op.create_index("deliveries_due_by_lane", "deliveries", [*lane, "due_at", "position", "n"], **pending)
    op.create_index(
        "deliveries_waiting",
        "deliveries",
        ["organization_id", "endpoint_id", "subject_id", "position", "n"],
        **pending,
    )
    op.create_index("deliveries_by_endpoint", "deliveries", [*lane, "created_at", "id"])
    op.create_index("deliveries_by_event", "deliveries", ["organization_id", "event_id"])


def _delivery_attempts() -> None:
    op.create_table(
        "delivery_attempts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, comment="1 …"),
        sa.Column("at", INSTANT, nullable=False, comment="when it was begun, by the real clock"),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True, comment="what the receiver answered, where it did"),
        sa.Column("ms", sa.Integer(), nullable=False, comment="how long it took"),
        sa.Column("error", sa.Text(), nullable=True, comment="a few words, where there was no answer"),
        sa.CheckConstraint("n >= 1 AND ms >= 0", name=op.f("delivery_attempts_counts_check")),
        sa.ForeignKeyConstraint(
            ["organization_id", "delivery_id"],
            ["deliveries.organization_id", "deliveries.id"],
            name=op.f("delivery_attempts_delivery_fkey"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "delivery_id", "n", name=op.f("delivery_attempts_pkey")),
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER events_numbered_once ON events")
    op.execute("DROP FUNCTION events_numbered_once()")
    op.drop_constraint(op.f("events_position_check"), "events", type_="check")
    op.execute("REVOKE SELECT (id, position) ON events FROM orderwright_system")
    op.execute(f"REVOKE INSERT ({BORN_WITH}), UPDATE (position) ON events FROM orderwright_app")
    op.execute("GRANT INSERT ON events TO orderwright_app")
    for table in reversed(WALLED):
        op.drop_table(table)
    op.drop_column("organizations", "mail")
