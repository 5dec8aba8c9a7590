"""Invariants: the ledger is found by what moved the stock, and the system learns whose books there are."""

from collections.abc import Sequence

from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

OWNED = {"organizations": "id", "events": "organization_id"}
"""Where the system looks for organizations, events of none included: it sees these columns and no others."""


def upgrade() -> None:
    op.create_index("stock_ledger_by_reference", "stock_ledger", ["organization_id", "reference"], unique=False)
    for table, column in OWNED.items():
        op.execute(f"CREATE POLICY whose ON {table} FOR SELECT TO orderwright_system USING (true)")
        op.execute(f"GRANT SELECT ({column}) ON {table} TO orderwright_system")


def downgrade() -> None:
    for table, column in OWNED.items():
        op.execute(f"REVOKE SELECT ({column}) ON {table} FROM orderwright_system")
        op.execute(f"DROP POLICY whose ON {table}")
    op.drop_index("stock_ledger_by_reference", table_name="stock_ledger")
