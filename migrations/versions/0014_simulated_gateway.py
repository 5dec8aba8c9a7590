"""The books of the simulated payment gateway: nobody's rows, and out of reach of our own transactions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "simulated_ledger",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("decline_code", sa.Text(), nullable=True, comment="null where it was done"),
        sa.Column(
            "landed_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="since when it is so; null while the request for it is lost on its way",
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("simulated_ledger_pkey")),
    )
    op.create_index("simulated_ledger_by_payment", "simulated_ledger", ["payment_id"])
    op.execute("GRANT SELECT, INSERT, UPDATE ON simulated_ledger TO orderwright_app")


def downgrade() -> None:
    op.drop_table("simulated_ledger")
