"""The relay, for tests over HTTP, where no worker is: what has happened comes into the feed, and on its way."""

from dishka import AsyncContainer

from adapters.postgres import PostgresDueScan, PostgresRelay, TenantPool
from adapters.postgres.unnumbered import UNNUMBERED
from adapters.system import SystemClock, new_id
from entrypoints.settings import Settings


async def relayed(container: AsyncContainer) -> None:
    """Number what has happened. (In memory it is numbered already.) The app's connections belong to its own loop."""
    url = (await container.get(Settings)).database_url
    if url is None:
        return
    scan, pool = PostgresDueScan(url, due=UNNUMBERED), TenantPool.to(url, size=1, patience=5)
    try:
        relay = PostgresRelay(pool, SystemClock(), new_id)
        while found := await scan.due(100):
            for organization, _ in found:
                await relay.relay(organization)
    finally:
        await scan.close()
        await pool.close()
