"""The first schema: every tenant table behind row-level security, and the lifecycle of orders in a trigger."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

WALLED = {
    "organizations": "SELECT, INSERT, UPDATE",
    "customers": "SELECT, INSERT, UPDATE",
    "members": "SELECT, INSERT, UPDATE",
    "products": "SELECT, INSERT, UPDATE",
    "orders": "SELECT, INSERT, UPDATE",
    "order_lines": "SELECT, INSERT, UPDATE",
    "shipments": "SELECT, INSERT, UPDATE",
    "shipment_lines": "SELECT, INSERT",
    "order_returns": "SELECT, INSERT",
    "return_lines": "SELECT, INSERT",
    "stock_ledger": "SELECT, INSERT",
    "events": "SELECT, INSERT",
}
"""What the serving role may do, behind the wall. History is only ever added to; TRUNCATE knows no wall."""

EDGES = (
    ("pending", "confirmed"),
    ("pending", "cancelled"),
    ("confirmed", "cancelled"),
    ("confirmed", "shipped"),
    ("shipped", "delivered"),
    ("shipped", "returned"),
    ("delivered", "returned"),
)
"""Which status of an order may follow which."""


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "position",
            sa.BigInteger(),
            nullable=True,
            comment="the place in the organization's feed, null until it is numbered",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("events_pkey")),
        sa.UniqueConstraint("organization_id", "position", name=op.f("events_organization_id_position_key")),
        sa.UniqueConstraint(
            "organization_id",
            "subject",
            "subject_id",
            "sequence",
            name=op.f("events_organization_id_subject_subject_id_sequence_key"),
        ),
    )
    op.create_index(
        "events_without_position",
        "events",
        ["organization_id", "id"],
        unique=False,
        postgresql_where=sa.text("position IS NULL"),
    )
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        sa.Column("clock_offset_seconds", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("max_items_per_order", sa.Integer(), nullable=False),
        sa.Column("minimum_order_value", sa.BigInteger(), nullable=False),
        sa.Column("auto_cancel_after_hours", sa.Integer(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("auto_cancel_after_hours >= 1", name=op.f("organizations_auto_cancel_after_hours_check")),
        sa.CheckConstraint("max_items_per_order >= 1", name=op.f("organizations_max_items_per_order_check")),
        sa.CheckConstraint(
            "minimum_order_value >= 0 AND minimum_order_value <= 9007199254740991",
            name=op.f("organizations_minimum_order_value_check"),
        ),
        sa.CheckConstraint(
            "sandbox OR clock_offset_seconds = 0", name=op.f("organizations_clock_offset_seconds_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("organizations_pkey")),
        sa.UniqueConstraint("slug", name=op.f("organizations_slug_key")),
    )
    op.create_table(
        "customers",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False, comment="the e-mail address as it is compared"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("shipping_address", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("events_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("events_head", sa.LargeBinary(), server_default=sa.text("'\\x'::bytea"), nullable=False),
        sa.CheckConstraint("status IN ('active', 'suspended')", name=op.f("customers_status_check")),
        sa.CheckConstraint("version >= 1", name=op.f("customers_version_check")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("customers_organization_fkey")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("customers_pkey")),
        sa.UniqueConstraint("organization_id", "mailbox", name=op.f("customers_organization_id_mailbox_key")),
    )
    op.create_index("customers_by_creation", "customers", ["organization_id", "created_at", "id"], unique=False)
    op.create_table(
        "products",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("events_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("events_head", sa.LargeBinary(), server_default=sa.text("'\\x'::bytea"), nullable=False),
        sa.CheckConstraint("status IN ('active', 'archived')", name=op.f("products_status_check")),
        sa.CheckConstraint("0 <= reserved AND reserved <= on_hand", name=op.f("products_stock_check")),
        sa.CheckConstraint(
            "unit_price >= 0 AND unit_price <= 9007199254740991", name=op.f("products_unit_price_check")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("products_version_check")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("products_organization_fkey")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("products_pkey")),
    )
    op.create_index("products_by_creation", "products", ["organization_id", "created_at", "id"], unique=False)
    op.create_index(
        "products_sku_key",
        "products",
        ["organization_id", "sku"],
        unique=True,
        postgresql_where=sa.text("status <> 'archived'"),
    )
    op.create_table(
        "members",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False, comment="the e-mail address as it is compared"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("events_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("events_head", sa.LargeBinary(), server_default=sa.text("'\\x'::bytea"), nullable=False),
        sa.CheckConstraint("(role = 'customer') = (customer_id IS NOT NULL)", name=op.f("members_customer_id_check")),
        sa.CheckConstraint(
            "role IN ('admin', 'customer', 'operator', 'owner', 'viewer')", name=op.f("members_role_check")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "customer_id"],
            ["customers.organization_id", "customers.id"],
            name=op.f("members_customer_fkey"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("members_organization_fkey")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("members_pkey")),
        sa.UniqueConstraint("organization_id", "mailbox", name=op.f("members_organization_id_mailbox_key")),
    )
    op.create_table(
        "orders",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("shipping_address", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("cancelled_reason", sa.Text(), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("cancelled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("events_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("events_head", sa.LargeBinary(), server_default=sa.text("'\\x'::bytea"), nullable=False),
        sa.CheckConstraint(
            "(status = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("orders_cancelled_at_check")
        ),
        sa.CheckConstraint("cancelled_by IN ('customer', 'expiry', 'member')", name=op.f("orders_cancelled_by_check")),
        sa.CheckConstraint(
            "status IN ('cancelled', 'confirmed', 'delivered', 'pending', 'returned', 'shipped')",
            name=op.f("orders_status_check"),
        ),
        sa.CheckConstraint("(cancelled_by IS NULL) = (cancelled_at IS NULL)", name=op.f("orders_cancelled_check")),
        sa.CheckConstraint("total >= 0 AND total <= 9007199254740991", name=op.f("orders_total_check")),
        sa.CheckConstraint("version >= 1", name=op.f("orders_version_check")),
        sa.ForeignKeyConstraint(
            ["organization_id", "customer_id"],
            ["customers.organization_id", "customers.id"],
            name=op.f("orders_customer_fkey"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("orders_pkey")),
        sa.UniqueConstraint(
            "organization_id", "external_reference", name=op.f("orders_organization_id_external_reference_key")
        ),
        sa.UniqueConstraint("organization_id", "number", name=op.f("orders_organization_id_number_key")),
    )
    op.create_index("orders_by_creation", "orders", ["organization_id", "created_at", "id"], unique=False)
    op.create_index(
        "orders_by_customer", "orders", ["organization_id", "customer_id", "created_at", "id"], unique=False
    )
    op.create_index("orders_by_status", "orders", ["organization_id", "status", "created_at", "id"], unique=False)
    op.create_table(
        "stock_ledger",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Uuid(), nullable=False, comment="the order, or the adjustment, that moved the stock"),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cause IN ('correction', 'damaged', 'received', 'released', 'reserved', 'returned', 'shipped')",
            name=op.f("stock_ledger_cause_check"),
        ),
        sa.CheckConstraint("on_hand <> 0 OR reserved <> 0", name=op.f("stock_ledger_moves_check")),
        sa.ForeignKeyConstraint(
            ["organization_id", "product_id"],
            ["products.organization_id", "products.id"],
            name=op.f("stock_ledger_product_fkey"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("stock_ledger_pkey")),
    )
    op.create_index("stock_ledger_by_product", "stock_ledger", ["organization_id", "product_id", "id"], unique=False)
    op.create_table(
        "order_lines",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("recalled", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "0 <= recalled AND recalled <= returned AND 0 <= delivered AND returned <= delivered + recalled AND delivered + recalled <= shipped AND shipped <= quantity",
            name=op.f("order_lines_units_check"),
        ),
        sa.CheckConstraint("quantity >= 1 AND quantity <= 999", name=op.f("order_lines_quantity_check")),
        sa.CheckConstraint(
            "unit_price >= 0 AND unit_price <= 9007199254740991", name=op.f("order_lines_unit_price_check")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["orders.organization_id", "orders.id"],
            name=op.f("order_lines_order_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "product_id"],
            ["products.organization_id", "products.id"],
            name=op.f("order_lines_product_fkey"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "order_id", "id", name=op.f("order_lines_pkey")),
    )
    op.create_index("order_lines_by_product", "order_lines", ["organization_id", "product_id"], unique=False)
    op.create_table(
        "order_returns",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("refund", sa.BigInteger(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("refund >= 0 AND refund <= 9007199254740991", name=op.f("order_returns_refund_check")),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["orders.organization_id", "orders.id"],
            name=op.f("order_returns_order_fkey"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("order_returns_pkey")),
        sa.UniqueConstraint(
            "organization_id", "order_id", "position", name=op.f("order_returns_organization_id_order_id_position_key")
        ),
    )
    op.create_table(
        "shipments",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("shipped_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("delivered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"], ["orders.organization_id", "orders.id"], name=op.f("shipments_order_fkey")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("shipments_pkey")),
        sa.UniqueConstraint(
            "organization_id", "order_id", "position", name=op.f("shipments_organization_id_order_id_position_key")
        ),
    )
    op.create_table(
        "return_lines",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("restock", sa.Boolean(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("return_lines_quantity_check")),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id", "line_id"],
            ["order_lines.organization_id", "order_lines.order_id", "order_lines.id"],
            name=op.f("return_lines_line_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "return_id"],
            ["order_returns.organization_id", "order_returns.id"],
            name=op.f("return_lines_return_fkey"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "return_id", "line_id", name=op.f("return_lines_pkey")),
    )
    op.create_index("return_lines_by_order", "return_lines", ["organization_id", "order_id"], unique=False)
    op.create_table(
        "shipment_lines",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("shipment_lines_quantity_check")),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id", "line_id"],
            ["order_lines.organization_id", "order_lines.order_id", "order_lines.id"],
            name=op.f("shipment_lines_line_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "shipment_id"],
            ["shipments.organization_id", "shipments.id"],
            name=op.f("shipment_lines_shipment_fkey"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "shipment_id", "line_id", name=op.f("shipment_lines_pkey")),
    )
    op.create_index("shipment_lines_by_order", "shipment_lines", ["organization_id", "order_id"], unique=False)
    for table, rights in WALLED.items():
        wall(table, rights)
    op.execute("CREATE POLICY slugs ON organizations FOR SELECT TO orderwright_owner USING (true)")
    op.execute(
        "CREATE FUNCTION organization_of_slug(wanted text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER"
        " SET search_path = '' AS 'SELECT id FROM public.organizations WHERE slug = wanted'"
    )
    op.execute("REVOKE ALL ON FUNCTION organization_of_slug(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION organization_of_slug(text) TO orderwright_app")
    legal = ", ".join(f"('{source}', '{target}')" for source, target in EDGES)
    op.execute(
        f"""
        CREATE FUNCTION orders_lifecycle() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                IF NEW.status = 'pending' THEN RETURN NEW; END IF;
            ELSIF NEW.status = OLD.status OR (OLD.status, NEW.status) IN ({legal}) THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'an order that is % cannot become %', coalesce(OLD.status, 'new'), NEW.status
                USING ERRCODE = 'OW001', CONSTRAINT = TG_NAME;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER orders_lifecycle BEFORE INSERT OR UPDATE ON orders"
        " FOR EACH ROW EXECUTE FUNCTION orders_lifecycle()"
    )


def wall(table: str, rights: str) -> None:
    """Row-level security, forced on the owner, too: unset, the setting is an error, never all rows."""
    whose = "id" if table == "organizations" else "organization_id"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON {table} TO orderwright_app"
        f" USING ({whose} = current_setting('app.organization')::uuid)"
    )
    op.execute(f"GRANT {rights} ON {table} TO orderwright_app")


def downgrade() -> None:
    op.execute("DROP TRIGGER orders_lifecycle ON orders")
    op.execute("DROP FUNCTION orders_lifecycle")
    op.execute("DROP FUNCTION organization_of_slug")
    op.execute("DROP POLICY slugs ON organizations")
    op.drop_index("shipment_lines_by_order", table_name="shipment_lines")
    op.drop_table("shipment_lines")
    op.drop_index("return_lines_by_order", table_name="return_lines")
    op.drop_table("return_lines")
    op.drop_table("shipments")
    op.drop_table("order_returns")
    op.drop_index("order_lines_by_product", table_name="order_lines")
    op.drop_table("order_lines")
    op.drop_index("stock_ledger_by_product", table_name="stock_ledger")
    op.drop_table("stock_ledger")
    op.drop_index("orders_by_status", table_name="orders")
    op.drop_index("orders_by_customer", table_name="orders")
    op.drop_index("orders_by_creation", table_name="orders")
    op.drop_table("orders")
    op.drop_table("members")
    op.drop_index("products_sku_key", table_name="products", postgresql_where=sa.text("status <> 'archived'"))
    op.drop_index("products_by_creation", table_name="products")
    op.drop_table("products")
    op.drop_index("customers_by_creation", table_name="customers")
    op.drop_table("customers")
    op.drop_table("organizations")
    op.drop_index("events_without_position", table_name="events", postgresql_where=sa.text("position IS NULL"))
    op.drop_table("events")
