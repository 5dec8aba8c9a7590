"""The plans behind the lists of people: a page costs a page, however many members, sessions and API keys there are."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres import TenantPool, identity_queries
from adapters.postgres.wall import PARAMETER
from application.shared.pages import Direction
from tests.adapters.postgres.shop import Shop
from tests.adapters.postgres.test_plans import PAGE, explained, held_to_a_page
from tests.postgres import TEMPLATE, Database, Server

PEOPLE: Final = 3_000
MIDDLE: Final = datetime(2026, 1, 1, 0, 25, tzinfo=UTC)

SEED: Final = """
    INSERT INTO members (organization_id, id, email, mailbox, name, role, password_hash, logins, created_at, version)
        SELECT '{0}', gen_random_uuid(), n || '@x', n || '@x', 'M', 'viewer', 'x', 0,
            timestamptz '2026-01-01 00:00Z' + n * interval '1 second', 1 FROM generate_series(1, {1}) n;
    INSERT INTO sessions (organization_id, id, member_id, head_id, created_at, last_used_at, version)
        SELECT '{0}', gen_random_uuid(), m.id, gen_random_uuid(),
            timestamptz '2026-01-01 00:00Z' + n * interval '1 second', '2026-01-02', 1
        FROM generate_series(1, {1}) n
        JOIN (SELECT id, row_number() OVER (ORDER BY created_at, id) AS place FROM members
            WHERE organization_id = '{0}') m ON m.place = CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % 500 END;
    INSERT INTO api_keys (organization_id, id, name, role, prefix, secret_hash, created_at, version)
        SELECT '{0}', gen_random_uuid(), 'K', 'viewer', 'ow_', sha256(n::text::bytea),
            timestamptz '2026-01-01 00:00Z' + n * interval '1 second', 1 FROM generate_series(1, {1}) n;
"""

LISTS: Final[dict[str, Any]] = {
    "members": identity_queries._members,
    "sessions": identity_queries._sessions,
    "API keys": identity_queries._api_keys,
}


@pytest.fixture(scope="module")
async def crowded(server: Server, database: Database) -> AsyncIterator[tuple[TenantPool, UUID, UUID]]:
    """Two organizations full of people, and of the first the member who is logged in most often."""
    own = Database(server, f"{database.name}_people")
    await server.create(own.name, template=TEMPLATE)
    pool = TenantPool.to(own.dsn, size=1)
    shops = [await Shop.open(pool) for _ in range(2)]
    admin = await asyncpg.connect(own.superuser)
    for shop in shops:
        await admin.execute(SEED.format(shop.organization, PEOPLE))
    await admin.execute("VACUUM ANALYZE")
    busy = "SELECT member_id FROM sessions WHERE organization_id = $1 GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    member = await admin.fetchval(busy, shops[0].organization)
    await admin.close()
    yield pool, shops[0].organization, member
    await pool.close()


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("positioned", [False, True], ids=["first", "deep"])
@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
@pytest.mark.parametrize("lists", LISTS)
async def test_a_page_of_people_reads_a_page(
    crowded: tuple[TenantPool, UUID, UUID], lists: str, direction: Direction, positioned: bool, mode: str
) -> None:
    pool, organization, member = crowded
    since = datetime(2025, 12, 1, tzinfo=UTC)
    given: dict[str, object] = {PARAMETER: organization, "rows": PAGE, "after": UUID(int=0), "at": MIDDLE}
    given |= {"member": member, "used_since": since, "begun_since": since}
    async with pool.serving(organization) as connection:
        plan = await explained(connection, LISTS[lists](direction, positioned), given, mode)
    assert plan["Actual Rows"] == PAGE
    held_to_page = {"members", "sessions", "api_keys"}
    reads = [node for node in _nodes(plan) if node.get("Relation Name") in held_to_page]
    assert reads
    assert not [node for node in reads if node["Node Type"] == "Seq Scan"], reads
    held_to_a_page(plan, sorts=False)


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in _nodes(child))]
