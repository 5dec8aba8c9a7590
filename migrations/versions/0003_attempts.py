"""Attempts: how often something was tried lately. Asked before anybody's organization is known, so nobody's rows."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("limit_name", sa.Text(), nullable=False),
        sa.Column(
            "subject", sa.LargeBinary(), nullable=False, comment="SHA-256: whose address or account it is, is nowhere"
        ),
        sa.Column(
            "ends_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="when the window that began with the first attempt is over",
        ),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.CheckConstraint("count >= 1 AND failures >= 0", name=op.f("attempts_count_check")),
        sa.PrimaryKeyConstraint("limit_name", "subject", name=op.f("attempts_pkey")),
        prefixes=["UNLOGGED"],
    )
    op.create_index("attempts_by_end", "attempts", ["ends_at"], unique=False)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON attempts TO orderwright_app")


def downgrade() -> None:
    op.drop_index("attempts_by_end", table_name="attempts")
    op.drop_table("attempts")
