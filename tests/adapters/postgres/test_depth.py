"""The last page of a walk costs what the first one costs, in every sort, by every filter, in both directions."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

import pytest

from adapters.postgres import TenantPool
from adapters.postgres.seeding import WRITERS, Seeder
from tests.adapters.postgres.depth import LIMIT, Depth, Figures
from tests.adapters.postgres.shop import EUR, Shop
from tests.postgres import TEMPLATE, Database, Server
from tests.trials import trials

ORDERS: Final = trials(1_000_000, 1_500)
TIMES: Final = trials(50, 1)


@pytest.fixture(scope="module")
async def figures(server: Server, database: Database) -> AsyncIterator[dict[str, Figures]]:
    own = Database(server, f"{database.name}_depth")
    await server.create(own.name, template=TEMPLATE)
    pool = TenantPool.to(own.dsn, size=WRITERS)
    shop = await Shop.open(pool)
    seeder = Seeder(pool, shop.organization, EUR, datetime.now(UTC), random.Random(1))
    await seeder.seed(ORDERS, lambda _: None, products=trials(1_000, 20), customers=trials(1_000, 8))
    yield {each.what: each for each in await Depth(pool, shop.organization).figures(times=TIMES)}
    await pool.close()


async def test_the_last_page_reads_what_the_first_one_reads(figures: dict[str, Figures]) -> None:
    """Buffers have no noise: a leaf of an index more or less, and what a page of other orders has of shipments."""
    for each in figures.values():
        assert each.found > 2 * LIMIT, each.said
        assert each.deep_buffers <= (8 if each.anew else 1.2) * each.first_buffers + 8, each.said


@pytest.mark.skipif(TIMES < 50, reason="what takes a millisecond is measured in a thorough run")
async def test_the_last_page_takes_as_long_as_the_first_one(figures: dict[str, Figures]) -> None:
    assert {each.what: each.said for each in figures.values() if each.ratio > (8 if each.anew else 1.5)} == {}
