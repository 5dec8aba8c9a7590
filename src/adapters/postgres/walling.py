"""Putting a table behind the wall, in a migration."""

from alembic import op

from adapters.postgres.roles import APP


def wall(table: str, rights: str) -> None:
    """Row-level security, forced on the owner, too: unset, the setting is an error, never all rows."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON {table} TO {APP} USING (organization_id = current_setting('app.organization')::uuid)"
    )
    op.execute(f"GRANT {rights} ON {table} TO {APP}")
