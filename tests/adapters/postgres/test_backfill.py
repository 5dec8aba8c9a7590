"""A migration that fills in data reaches every organization's rows, and leaves the wall as it was."""

import shutil
from pathlib import Path

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from adapters.postgres import TenantPool, migrating
from adapters.postgres.migrating import migrate_down, migrate_up
from tests.adapters.postgres.catalogue import everything, violations
from tests.adapters.postgres.shop import Shop
from tests.postgres import Database

SCRIPT = '''
"""Customers have an initial."""

from alembic import op

from adapters.postgres.backfill import backfill

revision = "backfill"
down_revision = {head!r}


def upgrade():
    op.execute("ALTER TABLE customers ADD COLUMN initial text")
    {fill}
    op.execute("ALTER TABLE customers ALTER COLUMN initial SET NOT NULL")


def downgrade():
    op.execute("ALTER TABLE customers DROP COLUMN initial")
'''

UPDATE = "UPDATE customers SET initial = left(name, 1)"


@pytest.fixture
async def shops(own_database: Database) -> list[Shop]:
    """Two organizations with three customers each."""
    pool = TenantPool.to(own_database.dsn, size=1)
    shops = [await Shop.open(pool) for _ in range(2)]
    for shop in shops:
        for _ in range(2):
            await shop.register()
    await pool.close()
    return shops


def plan(directory: Path, monkeypatch: pytest.MonkeyPatch, fill: str) -> str:
    """Add a migration to a copy of ours, and return the revision before it."""
    ours = next(home for home in migrating.HOMES if home.is_dir())
    home = directory / "migrations"
    shutil.copytree(ours, home, ignore=shutil.ignore_patterns("__pycache__"))
    config = Config()
    config.set_main_option("script_location", str(home))
    head = ScriptDirectory.from_config(config).get_current_head()
    assert head is not None
    (home / "versions" / "backfill.py").write_text(SCRIPT.format(head=head, fill=fill), encoding="utf-8")
    monkeypatch.setattr(migrating, "HOMES", (home,))
    return head


async def initials(behind: asyncpg.Connection) -> dict[object, int]:
    return dict(await behind.fetch("SELECT organization_id, count(initial) FROM customers GROUP BY 1"))


async def test_every_organizations_rows_are_filled_in_up_down_and_up_again(
    own_database: Database, shops: list[Shop], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = await asyncpg.connect(own_database.superuser)
    at_first, rows = await everything(behind), await behind.fetchval("SELECT count(*) FROM customers")
    head = plan(tmp_path, monkeypatch, f"assert backfill('customers', {UPDATE!r}) == 6")
    for _ in range(2):
        await migrate_up(own_database.dsn)
        assert await initials(behind) == {shop.organization: 3 for shop in shops}
        assert await violations(behind) == []
        await migrate_down(own_database.dsn, head)
        assert await everything(behind) == at_first
        assert await behind.fetchval("SELECT count(*) FROM customers") == rows
    await behind.close()


async def test_without_it_nothing_would_be_filled_in(
    own_database: Database, shops: list[Shop], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FORCE binds the owner: here it is NOT NULL, which no wall hides rows from, that notices."""
    plan(tmp_path, monkeypatch, f"op.execute({UPDATE!r})")
    with pytest.raises(Exception, match="contains null values"):
        await migrate_up(own_database.dsn)


async def test_a_backfill_that_fails_leaves_the_wall_as_it_was(
    own_database: Database, shops: list[Shop], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = await asyncpg.connect(own_database.superuser)
    at_first = await everything(behind)
    plan(tmp_path, monkeypatch, "backfill('customers', 'UPDATE customers SET initial = (1 / 0)::text')")
    with pytest.raises(Exception, match="division by zero"):
        await migrate_up(own_database.dsn)
    assert await everything(behind) == at_first
    assert await violations(behind) == []
    await behind.close()
