"""Payments of orders, and every operation on them; the system finds those whose lease is over, and sees no more."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.postgres.walling import wall

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

INSTANT = postgresql.TIMESTAMP(timezone=True)

STATUSES = (
    "'authorized', 'authorizing', 'captured', 'capturing', 'declined', 'refunded', 'refunding', 'unknown', 'voided',"
    " 'voiding'"
)


def upgrade() -> None:
    op.create_table(
        "payments",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("authorized", sa.BigInteger(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("decline_code", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True, comment="what the gateway calls it"),
        sa.Column("untold", sa.Integer(), nullable=False, comment="how many versions of its order no event tells"),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("payments_status_check")),
        sa.CheckConstraint(
            "authorized >= 0 AND authorized <= 9007199254740991", name=op.f("payments_authorized_check")
        ),
        sa.CheckConstraint("0 <= captured AND captured <= authorized", name=op.f("payments_captured_check")),
        sa.CheckConstraint("0 <= refunded AND refunded <= captured", name=op.f("payments_refunded_check")),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"], ["orders.organization_id", "orders.id"], name=op.f("payments_order_fkey")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("payments_pkey")),
        sa.UniqueConstraint(
            "organization_id", "order_id", "position", name=op.f("payments_organization_id_order_id_position_key")
        ),
    )
    op.create_index(
        "payments_alive",
        "payments",
        ["organization_id", "order_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'declined' AND status <> 'voided'"),
    )
    op.create_table(
        "payment_operations",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "position",
            sa.SmallInteger(),
            nullable=False,
            comment="1 …; a part of the key that the gateway knows it by",
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("decline_code", sa.Text(), nullable=True),
        sa.Column(
            "holder", sa.Uuid(), nullable=False, comment="who carries it out; whoever takes over has another one"
        ),
        sa.Column("lease_until", INSTANT, nullable=False, comment="until when nobody takes over, by the real clock"),
        sa.Column("principal", sa.Text(), nullable=True, comment="whose request asked for it"),
        sa.Column("key_hash", sa.LargeBinary(), nullable=True, comment="SHA-256 of the key of that request"),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True, comment="SHA-256 of all that was asked for"),
        sa.Column("plan", postgresql.JSONB(), nullable=True, comment="the parcel that leaves when it succeeds"),
        sa.CheckConstraint(
            "verb IN ('authorize', 'capture', 'refund', 'void')", name=op.f("payment_operations_verb_check")
        ),
        sa.CheckConstraint(
            "outcome IN ('declined', 'open', 'succeeded')", name=op.f("payment_operations_outcome_check")
        ),
        sa.CheckConstraint("amount >= 0 AND amount <= 9007199254740991", name=op.f("payment_operations_amount_check")),
        sa.CheckConstraint(
            "(outcome = 'declined') = (decline_code IS NOT NULL)", name=op.f("payment_operations_decline_code_check")
        ),
        sa.CheckConstraint(
            "(principal IS NULL) = (key_hash IS NULL) AND (key_hash IS NULL) = (fingerprint IS NULL)",
            name=op.f("payment_operations_claim_check"),
        ),
        sa.CheckConstraint("plan IS NULL OR verb = 'capture'", name=op.f("payment_operations_plan_check")),
        sa.ForeignKeyConstraint(
            ["organization_id", "payment_id"],
            ["payments.organization_id", "payments.id"],
            name=op.f("payment_operations_payment_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["orders.organization_id", "orders.id"],
            name=op.f("payment_operations_order_fkey"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "payment_id", "position", name=op.f("payment_operations_pkey")),
    )
    op.create_index("payment_operations_by_order", "payment_operations", ["organization_id", "order_id"])
    op.create_index(
        "payment_operations_due",
        "payment_operations",
        ["lease_until"],
        postgresql_where=sa.text("outcome = 'open'"),
    )
    for table in ("payments", "payment_operations"):
        wall(table, "SELECT, INSERT, UPDATE")
    op.execute(
        "CREATE POLICY due ON payment_operations FOR SELECT TO orderwright_system"
        " USING (outcome = 'open' AND lease_until <= now())"
    )
    op.execute(
        "GRANT SELECT (organization_id, order_id, outcome, lease_until) ON payment_operations TO orderwright_system"
    )


def downgrade() -> None:
    op.drop_table("payment_operations")
    op.drop_table("payments")
