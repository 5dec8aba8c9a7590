"""`seed`: many orders for an organization, with a progress bar."""

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from adapters.postgres import Pooler, TenantPool
from adapters.postgres.identity_queries import FIND_ORGANIZATION
from adapters.postgres.migrating import migrate_up
from adapters.postgres.seeding import WRITERS, Seeder
from adapters.system import SystemClock
from domain.shared.errors import Taken
from domain.shared.money import Currency
from entrypoints.database import Database, database


@dataclass(frozen=True, slots=True)
class Wish:
    """How much of what, and for whom (a slug). The same `chance` makes the same."""

    orders: int
    products: int
    customers: int
    organization: str
    chance: int
    data_dir: Path


def seed(wish: Wish, console: Console) -> int:
    """Return the exit code: 1 when there is no such organization, or these orders are there already."""
    with database(wish.data_dir) as place:
        return asyncio.run(_seed(wish, place, console))


async def _seed(wish: Wish, place: Database, console: Console) -> int:
    if place.pooler is Pooler.NONE:
        await migrate_up(place.url)
    pool = TenantPool.to(place.url, place.pooler, size=WRITERS, patience=5)
    try:
        async with pool.connection() as connection:
            organization = await connection.fetchval(FIND_ORGANIZATION, wish.organization)
        if organization is None:
            console.print(f"There is no organization {wish.organization!r}: sign it up first (serve makes `demo`).")
            return 1
        chance = random.Random(wish.chance)  # noqa: S311 - nothing that it draws is a secret
        seeder = Seeder(pool, organization, Currency("EUR"), SystemClock().now(), chance)
        with _bar(console) as bar:
            task = bar.add_task("orders", total=wish.orders)
            await seeder.seed(
                wish.orders, lambda n: bar.advance(task, n), products=wish.products, customers=wish.customers
            )
    except Taken:
        console.print(f"What --chance {wish.chance} makes is there already: choose another one, or none.")
        return 1
    finally:
        await pool.close()
    return 0


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )
