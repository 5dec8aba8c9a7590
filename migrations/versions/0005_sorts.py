"""Sorts and filters of lists: names as they are searched, and an index behind every order and every filter."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.postgres.backfill import backfill

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

INDEXES = {
    "products_by_status": ("products", ["organization_id", "status", "created_at", "id"]),
    "products_by_sku": ("products", ["organization_id", "sku", "created_at", "id"]),
    "products_by_name": ("products", ["organization_id", "folded_name", "id"]),
    "orders_by_total": ("orders", ["organization_id", "total", "id"]),
    "order_lines_by_product": ("order_lines", ["organization_id", "product_id", "ordered_at", "order_id"]),
}

FOLD = "left(normalize(lower(normalize(name, NFD)), NFC), 200)"
"""As near to `adapters.records.product_records.folded` as every PostgreSQL can come: where a letter has more than one
small form (ß), a product is found by the other one until its name is next written."""

ORDERED = """
    UPDATE order_lines SET ordered_at = orders.created_at FROM orders
    WHERE orders.organization_id = order_lines.organization_id AND orders.id = order_lines.order_id
"""


def upgrade() -> None:
    op.add_column(
        "products",
        sa.Column("folded_name", sa.Text(collation="C"), nullable=True, comment="the name as it is searched"),
    )
    backfill("products", f"UPDATE products SET folded_name = {FOLD}")
    op.alter_column("products", "folded_name", nullable=False)
    op.add_column(
        "order_lines",
        sa.Column(
            "ordered_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="when its order was made",
        ),
    )
    op.execute("ALTER TABLE orders NO FORCE ROW LEVEL SECURITY")
    backfill("order_lines", ORDERED)
    op.execute("ALTER TABLE orders FORCE ROW LEVEL SECURITY")
    op.alter_column("order_lines", "ordered_at", nullable=False)
    op.drop_index("order_lines_by_product", table_name="order_lines")
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns, unique=False)


def downgrade() -> None:
    for name, (table, _) in reversed(INDEXES.items()):
        op.drop_index(name, table_name=table)
    op.create_index("order_lines_by_product", "order_lines", ["organization_id", "product_id"], unique=False)
    op.drop_column("order_lines", "ordered_at")
    op.drop_column("products", "folded_name")
