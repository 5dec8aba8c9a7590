"""What happened: moves of stock say whose they are, and are found by when they were; events part from what is personal.

What events say of people from now on can be forgotten. What they said until now stands in bodies that are chained, and
stays.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from adapters.postgres.backfill import backfill

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

MADE_BY = """
    UPDATE stock_ledger SET reference_to = CASE WHEN EXISTS (
        SELECT FROM orders
        WHERE orders.organization_id = stock_ledger.organization_id AND orders.id = stock_ledger.reference
    ) THEN 'order' ELSE 'adjustment' END
"""

CAUSES = """
    (reference_to = 'order' AND cause IN ('reserved', 'released', 'shipped', 'returned'))
    OR (reference_to = 'adjustment' AND reserved = 0 AND cause IN ('received', 'correction', 'damaged', 'returned'))
"""

FORGETTABLE = {"events": "personal", "order_returns": "reason"}
"""The one column of each history that may be overwritten: what it says of somebody who is to be forgotten."""


def upgrade() -> None:
    op.add_column("stock_ledger", sa.Column("reference_to", sa.Text(), nullable=True, comment="which of the two it is"))
    op.execute("ALTER TABLE orders NO FORCE ROW LEVEL SECURITY")
    backfill("stock_ledger", MADE_BY)
    op.execute("ALTER TABLE orders FORCE ROW LEVEL SECURITY")
    op.alter_column("stock_ledger", "reference_to", nullable=False)
    op.create_check_constraint(op.f("stock_ledger_reference_to_check"), "stock_ledger", CAUSES)
    op.drop_index("stock_ledger_by_product", table_name="stock_ledger")
    op.create_index("stock_ledger_by_product", "stock_ledger", ["organization_id", "product_id", "at", "id"])

    op.add_column(
        "events",
        sa.Column(
            "personal",
            sa.Text(),
            nullable=True,
            comment="what it says of people, with a salt; its body vouches for it",
        ),
    )
    for table, column in FORGETTABLE.items():
        op.execute(f"GRANT UPDATE ({column}) ON {table} TO orderwright_app")
    op.drop_constraint(op.f("customers_status_check"), "customers", type_="check")
    op.create_check_constraint(
        op.f("customers_status_check"), "customers", "status IN ('active', 'suspended', 'erased')"
    )
    op.create_index(
        "members_by_customer",
        "members",
        ["organization_id", "customer_id"],
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("members_by_customer", table_name="members")
    backfill("customers", "UPDATE customers SET status = 'suspended' WHERE status = 'erased'")
    op.drop_constraint(op.f("customers_status_check"), "customers", type_="check")
    op.create_check_constraint(op.f("customers_status_check"), "customers", "status IN ('active', 'suspended')")
    for table, column in FORGETTABLE.items():
        op.execute(f"REVOKE UPDATE ({column}) ON {table} FROM orderwright_app")
    op.drop_column("events", "personal")
    op.drop_index("stock_ledger_by_product", table_name="stock_ledger")
    op.create_index("stock_ledger_by_product", "stock_ledger", ["organization_id", "product_id", "id"])
    op.drop_constraint(op.f("stock_ledger_reference_to_check"), "stock_ledger", type_="check")
    op.drop_column("stock_ledger", "reference_to")
