"""The policy of an organization can be changed: its demands have bounds."""

from collections.abc import Sequence

from alembic import op

revision: str = "0007"
down_revision = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

MOST = {"max_items_per_order": 100, "auto_cancel_after_hours": 8760}


def upgrade() -> None:
    for column, most in MOST.items():
        name = op.f(f"organizations_{column}_check")
        op.drop_constraint(name, "organizations", type_="check")
        op.create_check_constraint(name, "organizations", f"{column} >= 1 AND {column} <= {most}")


def downgrade() -> None:
    for column in MOST:
        name = op.f(f"organizations_{column}_check")
        op.drop_constraint(name, "organizations", type_="check")
        op.create_check_constraint(name, "organizations", f"{column} >= 1")
