"""`organizations mail`: whether an organization's customers are written to."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape

from adapters.postgres import Pooler, TenantPool
from adapters.postgres.identity_queries import FIND_ORGANIZATION
from adapters.postgres.migrating import migrate_up
from entrypoints.database import Database, database

_SET: Final = "UPDATE organizations SET mail = $2 WHERE id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """Whose customers (a slug), and whether."""

    slug: str
    on: bool
    data_dir: Path


def switch(wish: Mailing, console: Console) -> int:
    """Return the exit code: 1 when there is no such organization. What waits to be sent is dropped when it is off."""
    with database(wish.data_dir) as place:
        found = asyncio.run(_switched(wish, place))
    if not found:
        console.print(f"There is no organization {escape(repr(wish.slug))}.")
        return 1
    console.print(f"{wish.slug}: customers are {'written to from now on' if wish.on else 'not written to any more'}.")
    return 0


async def _switched(wish: Mailing, place: Database) -> bool:
    if place.pooler is Pooler.NONE:
        await migrate_up(place.url)
    pool = TenantPool.to(place.url, place.pooler, size=1, patience=5)
    try:
        async with pool.connection() as connection:
            organization = await connection.fetchval(FIND_ORGANIZATION, wish.slug)
        if organization is None:
            return False
        async with pool.serving(organization) as connection:
            await connection.execute(_SET, organization, wish.on)
        return True
    finally:
        await pool.close()
