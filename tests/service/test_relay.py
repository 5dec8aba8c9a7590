"""Workers that are killed while they relay: every event gets one place, and is told to everybody once."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from adapters.postgres import TenantPool
from tests.adapters.postgres.shop import Shop
from tests.adapters.records.told import endpoint_row
from tests.postgres import Database, database, server
from tests.service.test_worker import Working, environment
from tests.trials import trials

__all__ = ["database", "environment", "server"]

EVENTS: Final = trials(5_008, 608)
WRITERS: Final = 8
KILLS: Final = trials(10, 2)

LEFT: Final = "SELECT count(*) FROM events WHERE organization_id = $1 AND position IS NULL"


@pytest.fixture
def workers(environment: dict[str, str], tmp_path: Path) -> Iterator[list[Working]]:
    workers = [Working(environment, tmp_path / f"{number}.log") for number in range(2)]
    for worker in workers:
        worker.start()
    yield workers
    for worker in workers:
        worker.send(signal.SIGKILL)


@pytest.fixture
async def behind(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser)
    yield connection
    await connection.close()


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    pool = TenantPool.to(database.dsn, size=WRITERS, patience=30)
    yield await Shop.open(pool)
    await pool.close()


async def test_workers_that_are_killed_give_each_event_one_place_and_tell_everybody_once(
    shop: Shop, workers: list[Working], behind: asyncpg.Connection
) -> None:
    endpoints = [await enabled(shop, behind) for _ in range(2)]
    (product,) = await shop.products(EVENTS)
    await asyncio.gather(*(worker.until_said("the worker has begun") for worker in workers))

    async def write() -> None:
        for _ in range(EVENTS // WRITERS // 2):
            await shop.cancel(await shop.place((product, 1), answering=True))

    async def kill() -> None:
        for turn in range(KILLS):
            await asyncio.sleep(trials(2, 1))
            worker = workers[turn % len(workers)]
            worker.send(signal.SIGKILL)
            worker.start()

    await asyncio.gather(kill(), *(write() for _ in range(WRITERS)))
    async with asyncio.timeout(60):
        while await behind.fetchval(LEFT, shop.organization):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.05)

    committed = await behind.fetch(
        "SELECT id, subject_id, sequence FROM events WHERE organization_id = $1 ORDER BY position", shop.organization
    )
    places = await behind.fetch(
        "SELECT position FROM events WHERE organization_id = $1 ORDER BY position", shop.organization
    )
    assert [row["position"] for row in places] == list(range(1, len(committed) + 1))
    assert len(committed) > EVENTS, "and those of the house itself"
    assert in_order(committed)
    for endpoint in endpoints:
        told = await behind.fetch(
            "SELECT event_id FROM deliveries WHERE endpoint_id = $1 AND type LIKE 'order.%' ORDER BY position", endpoint
        )
        wanted = await behind.fetch(
            "SELECT id FROM events WHERE organization_id = $1 AND type LIKE 'order.%' ORDER BY position",
            shop.organization,
        )
        assert [row["event_id"] for row in told] == [row["id"] for row in wanted]


def in_order(events: list[asyncpg.Record]) -> bool:
    last: dict[object, int] = {}
    for event in events:
        if event["sequence"] != last.get(event["subject_id"], 0) + 1:
            return False
        last[event["subject_id"]] = event["sequence"]
    return True


async def enabled(shop: Shop, behind: asyncpg.Connection) -> object:
    """An endpoint that is told everything."""
    row = {
        "organization_id": shop.organization,
        **endpoint_row(),
        "status": "enabled",
        "event_types": [],
        "disabled_because": None,
        "removed_at": None,
    }
    places = ", ".join(f"${place + 1}" for place in range(len(row)))
    await behind.execute(f"INSERT INTO webhook_endpoints ({', '.join(row)}) VALUES ({places})", *row.values())
    return row["id"]
