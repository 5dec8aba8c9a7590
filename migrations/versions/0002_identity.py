"""Identity: sessions and their refresh tokens, API keys, members that can leave; who is revoked is told at once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.postgres.backfill import backfill
from adapters.postgres.walling import wall

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

WALLED = {
    "sessions": "SELECT, INSERT, UPDATE",
    "refresh_tokens": "SELECT, INSERT",
    "api_keys": "SELECT, INSERT, UPDATE",
}
"""What the serving role may do, behind the wall. A refresh token is never changed: it is used when it has a child."""

REVOCABLE = ("sessions", "api_keys")
"""Where the system looks across tenants for what was revoked lately: ids and times, of revoked rows alone."""

NOTED = "when PostgreSQL was told, by its own clock"

INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column(
        "organizations",
        sa.Column("owners", sa.Integer(), server_default="1", nullable=False, comment="how many of its members own it"),
    )
    op.alter_column("organizations", "owners", server_default=None)
    count_owners()
    op.create_check_constraint(op.f("organizations_owners_check"), "organizations", "owners >= 1")
    op.add_column(
        "members",
        sa.Column(
            "reset_hash",
            sa.LargeBinary(),
            nullable=True,
            comment="SHA-256 of the one-time token that sets a new password",
        ),
    )
    op.add_column("members", sa.Column("reset_expires_at", INSTANT, nullable=True))
    op.add_column(
        "members",
        sa.Column(
            "logins", sa.Integer(), server_default="0", nullable=False, comment="how many sessions there ever were"
        ),
    )
    op.alter_column("members", "logins", server_default=None)
    op.add_column("members", sa.Column("removed_at", INSTANT, nullable=True))
    op.create_check_constraint(
        op.f("members_reset_check"), "members", "(reset_hash IS NULL) = (reset_expires_at IS NULL)"
    )
    op.drop_constraint("members_organization_id_mailbox_key", "members", type_="unique")
    op.create_index(
        "members_organization_id_mailbox_key",
        "members",
        ["organization_id", "mailbox"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index("members_by_creation", "members", ["organization_id", "created_at", "id"])
    _sessions()
    _refresh_tokens()
    _api_keys()
    for table, rights in WALLED.items():
        wall(table, rights)
    op.execute(
        "CREATE FUNCTION tell_revocation() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS"
        " $$ BEGIN NEW.revocation_noted_at := clock_timestamp();"
        " PERFORM pg_notify('orderwright_revoked', NEW.id::text); RETURN NEW; END $$"
    )
    for table in REVOCABLE:
        op.execute(
            f"CREATE TRIGGER {table}_revoked BEFORE UPDATE OF revoked_at ON {table} FOR EACH ROW"
            " WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION tell_revocation()"
        )
        op.execute(
            f"CREATE POLICY revoked ON {table} FOR SELECT TO orderwright_system USING (revocation_noted_at IS NOT NULL)"
        )
        op.execute(f"GRANT SELECT (id, revocation_noted_at) ON {table} TO orderwright_system")


def count_owners() -> None:
    """Whoever comes back from a later version may have several. The wall stands in the owner's own way, too."""
    for table in ("organizations", "members"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE organizations SET owners = counted.owners FROM"
        " (SELECT organization_id, count(*) AS owners FROM members WHERE role = 'owner' GROUP BY 1) counted"
        " WHERE counted.organization_id = organizations.id"
    )
    for table in ("organizations", "members"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("head_id", sa.Uuid(), nullable=False, comment="the one refresh token that nobody has used yet"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("revoked_because", sa.Text(), nullable=True),
        sa.Column("revocation_noted_at", INSTANT, nullable=True, comment=NOTED),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_because IS NULL)", name=op.f("sessions_revoked_check")),
        sa.CheckConstraint(
            "revoked_because IN ('logout', 'logout-everywhere', 'password-changed', 'removed', 'reuse-detected',"
            " 'role-changed', 'too-many-sessions')",
            name=op.f("sessions_revoked_because_check"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "member_id"],
            ["members.organization_id", "members.id"],
            name=op.f("sessions_member_fkey"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("sessions_pkey")),
    )
    op.create_index(
        "sessions_by_member",
        "sessions",
        ["organization_id", "member_id", "created_at", "id"],
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index(
        "sessions_by_revocation",
        "sessions",
        ["revocation_noted_at"],
        postgresql_where=sa.text("revocation_noted_at IS NOT NULL"),
    )


def _refresh_tokens() -> None:
    op.create_table(
        "refresh_tokens",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "sealed", sa.LargeBinary(), nullable=True, comment="the token itself, to be opened with its parent alone"
        ),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.CheckConstraint("(parent_id IS NULL) = (sealed IS NULL)", name=op.f("refresh_tokens_sealed_check")),
        sa.CheckConstraint("octet_length(secret_hash) = 32", name=op.f("refresh_tokens_secret_hash_check")),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["sessions.organization_id", "sessions.id"],
            name=op.f("refresh_tokens_session_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "parent_id"],
            ["refresh_tokens.organization_id", "refresh_tokens.id"],
            name=op.f("refresh_tokens_parent_fkey"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("refresh_tokens_pkey")),
        sa.UniqueConstraint("organization_id", "parent_id", name=op.f("refresh_tokens_organization_id_parent_id_key")),
    )
    op.create_index("refresh_tokens_by_session", "refresh_tokens", ["organization_id", "session_id"])


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False, comment="what may be shown of the key"),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("revocation_noted_at", INSTANT, nullable=True, comment=NOTED),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("octet_length(secret_hash) = 32", name=op.f("api_keys_secret_hash_check")),
        sa.CheckConstraint("role IN ('admin', 'operator', 'viewer')", name=op.f("api_keys_role_check")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("api_keys_organization_fkey")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("api_keys_pkey")),
    )
    op.create_index(
        "api_keys_by_creation",
        "api_keys",
        ["organization_id", "created_at", "id"],
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index(
        "api_keys_by_revocation",
        "api_keys",
        ["revocation_noted_at"],
        postgresql_where=sa.text("revocation_noted_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Members who left would hold their addresses again, so they go for good, with all that was theirs."""
    op.drop_table("api_keys")
    op.drop_table("refresh_tokens")
    op.drop_table("sessions")
    op.execute("DROP FUNCTION tell_revocation")
    op.drop_index("members_by_creation", table_name="members")
    op.drop_index(
        "members_organization_id_mailbox_key", table_name="members", postgresql_where=sa.text("removed_at IS NULL")
    )
    backfill("members", "DELETE FROM members WHERE removed_at IS NOT NULL")
    op.create_unique_constraint(op.f("members_organization_id_mailbox_key"), "members", ["organization_id", "mailbox"])
    op.drop_constraint(op.f("members_reset_check"), "members", type_="check")
    for column in ("removed_at", "logins", "reset_expires_at", "reset_hash"):
        op.drop_column("members", column)
    op.drop_constraint(op.f("organizations_owners_check"), "organizations", type_="check")
    op.drop_column("organizations", "owners")
