"""Filling in data in a migration: for every organization, past the wall that binds the owner, too."""

from alembic import op
from sqlalchemy import text


def backfill(table: str, statement: str) -> int:
    """Run a statement that changes rows of this table, and return how many it changed.

    Under FORCE the owner, who has no policy, would see no row: nothing would change, and nobody would be told. Should
    anything fail, the migration's transaction takes the opening of the wall back together with the rest. Until it ends
    the table is locked against everybody, so a large one is filled in batches, a migration each.
    """
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    changed = op.get_bind().execute(text(statement)).rowcount
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    return changed
