"""Expiry: what is pending is found by when it is due, across organizations by the system, which sees ids and times."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

PENDING = sa.text("status = 'pending'")

AHEAD = "(SELECT o.clock_offset_seconds FROM organizations o WHERE o.id = orders.organization_id)"
"""Seconds."""


def upgrade() -> None:
    op.create_index("orders_due", "orders", ["expires_at"], postgresql_where=PENDING)
    op.create_index(
        "orders_due_by_organization", "orders", ["organization_id", "expires_at", "id"], postgresql_where=PENDING
    )
    op.create_index(
        "organizations_moved", "organizations", ["id"], postgresql_where=sa.text("clock_offset_seconds <> 0")
    )
    op.execute("GRANT SELECT (clock_offset_seconds) ON organizations TO orderwright_system")
    op.execute(
        "CREATE POLICY due ON orders FOR SELECT TO orderwright_system USING (status = 'pending'"
        f" AND expires_at <= now() + {AHEAD} * interval '1 second')"
    )
    op.execute("GRANT SELECT (organization_id, id, status, expires_at) ON orders TO orderwright_system")


def downgrade() -> None:
    op.execute("REVOKE SELECT (organization_id, id, status, expires_at) ON orders FROM orderwright_system")
    op.execute("DROP POLICY due ON orders")
    op.execute("REVOKE SELECT (clock_offset_seconds) ON organizations FROM orderwright_system")
    op.drop_index("organizations_moved", table_name="organizations")
    op.drop_index("orders_due_by_organization", table_name="orders")
    op.drop_index("orders_due", table_name="orders")
