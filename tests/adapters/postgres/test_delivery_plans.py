"""The plans behind deliveries: what a claim, the scan and a page of the log read does not grow with what waits."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres import TenantPool, delivery_log, delivery_queue, redeliveries
from adapters.postgres.lane_scan import LANES
from adapters.postgres.wall import PARAMETER
from application.shared.pages import Direction
from tests.adapters.postgres.receivers import Post
from tests.adapters.postgres.shop import Shop
from tests.postgres import TEMPLATE, Database, Server

WAITING: Final = 8_000
"""Deliveries that wait for one endpoint, each of a subject of its own; as many are settled."""

SEED: Final = """
    INSERT INTO deliveries (organization_id, id, channel, endpoint_id, event_id, n, position, subject, subject_id, type,
            state, attempts, due_at, fence, created_at, settled_at)
        SELECT $1, gen_random_uuid(), 'webhook', $2, e.id, n, n, 'order', gen_random_uuid(), 'order.placed',
            CASE n % 2 WHEN 0 THEN 'pending' ELSE 'delivered' END, 0,
            CASE n % 2 WHEN 0 THEN timestamptz '2026-01-01' + n * interval '1 second' END, 0,
            timestamptz '2026-01-01' + n * interval '1 second', CASE n % 2 WHEN 1 THEN now() END
        FROM generate_series(1, $3) n, (SELECT id FROM events WHERE organization_id = $1 LIMIT 1) e
"""


@dataclass(frozen=True)
class Seeded:
    post: Post
    url: str
    behind: asyncpg.Connection

    @property
    def endpoint(self) -> UUID:
        return self.post.endpoints[self.url]

    async def plan(self, sql: str, *values: object) -> dict[str, Any]:
        async with self.post.pool.serving(self.post.shop.organization) as connection, connection.undone():
            return tree(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values))


@pytest.fixture(scope="module")
async def seeded(server: Server, database: Database) -> AsyncIterator[Seeded]:
    own = Database(server, f"{database.name}_deliveries")
    await server.create(own.name, template=TEMPLATE)
    pool = TenantPool.to(own.dsn, size=1)
    post = Post(pool, await Shop.open(pool))
    urls = [await post.endpoint() for _ in range(20)]
    behind = await asyncpg.connect(own.superuser)
    for url, waiting in zip(urls, (WAITING, *[20] * 19), strict=True):
        await behind.execute(SEED, post.shop.organization, post.endpoints[url], waiting * 2)
    await behind.execute("VACUUM ANALYZE")
    yield Seeded(post, urls[0], behind)
    await behind.close()
    await pool.close()


def tree(explained: str) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(explained)[0]["Plan"]
    return plan


def most_read(plan: dict[str, Any]) -> float:
    """The most rows that any look at deliveries touches, those included that it throws away."""

    def all_of(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield node
        for child in node.get("Plans", []):
            yield from all_of(child)

    return max(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in all_of(plan)
        if node.get("Relation Name") == "deliveries"
    )


async def test_a_claim_reads_what_it_claims(seeded: Seeded) -> None:
    organization = seeded.post.shop.organization
    plan = await seeded.plan(delivery_queue._WEBHOOK, organization, seeded.endpoint, 64, 30.0, 0.25)
    assert most_read(plan) <= 64 * 3


async def test_the_scan_reads_one_row_a_lane(seeded: Seeded) -> None:
    await seeded.behind.execute("SET ROLE orderwright_system")
    plan = tree(await seeded.behind.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {LANES}"))
    await seeded.behind.execute("RESET ROLE")
    assert most_read(plan) <= 20 * 3


@pytest.mark.parametrize("direction", Direction)
async def test_a_page_of_the_log_reads_a_page(seeded: Seeded, direction: Direction) -> None:
    statement = delivery_log._log(direction, positioned=False)
    values = {PARAMETER: seeded.post.shop.organization, "rows": 21, "owner": seeded.endpoint}
    plan = await seeded.plan(statement.sql, *(values[name] for name in statement.parameters))
    assert most_read(plan) <= 21 * 2


async def test_a_range_reads_the_range(seeded: Seeded) -> None:
    statement = redeliveries._between().alone
    start = datetime(2026, 1, 1, 1, tzinfo=UTC)
    values = {PARAMETER: seeded.post.shop.organization, "endpoint": seeded.endpoint, "rows": 1000}
    times = {"start": start, "end": start + timedelta(minutes=1)}
    plan = await seeded.plan(statement.sql, *({**values, **times}[name] for name in statement.parameters))
    assert most_read(plan) <= 60 * 2
