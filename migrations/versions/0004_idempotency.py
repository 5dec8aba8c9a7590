"""Idempotency: answers are kept under their keys for a day, and orders remember for ever under which key they came."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.postgres.walling import wall

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False, comment="whose key it is: `user:<uuid>`, `api-key:<uuid>`"),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the key"),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False, comment="SHA-256 of all that was asked for"),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False, comment="`name: value`, a line each"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False, comment="whether the body shows a secret, and is encrypted"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "octet_length(key_hash) = 32 AND octet_length(fingerprint) = 32",
            name=op.f("idempotency_keys_hashes_check"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "principal", "key_hash", name=op.f("idempotency_keys_pkey")),
    )
    op.create_index("idempotency_keys_by_end", "idempotency_keys", ["expires_at"], unique=False)
    wall("idempotency_keys", "SELECT, INSERT, UPDATE")
    for command in ("SELECT", "DELETE"):  # a DELETE looks with the policies of SELECT, too
        op.execute(
            f"CREATE POLICY expired_{command.lower()} ON idempotency_keys FOR {command} TO orderwright_system"
            " USING (expires_at <= now())"
        )
    op.execute("GRANT SELECT (expires_at), DELETE ON idempotency_keys TO orderwright_system")
    op.add_column("orders", sa.Column("placed_by", sa.Text(), nullable=True, comment="the principal whose key it was"))
    op.add_column(
        "orders",
        sa.Column(
            "key_hash",
            sa.LargeBinary(),
            nullable=True,
            comment="SHA-256 of the key under which it was made: never twice",
        ),
    )
    op.create_check_constraint(op.f("orders_key_hash_check"), "orders", "(placed_by IS NULL) = (key_hash IS NULL)")
    op.create_unique_constraint(
        op.f("orders_organization_id_placed_by_key_hash_key"), "orders", ["organization_id", "placed_by", "key_hash"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("orders_organization_id_placed_by_key_hash_key"), "orders", type_="unique")
    op.drop_constraint(op.f("orders_key_hash_check"), "orders", type_="check")
    op.drop_column("orders", "key_hash")
    op.drop_column("orders", "placed_by")
    op.drop_table("idempotency_keys")
