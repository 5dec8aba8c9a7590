"""Whether PostgreSQL answers."""

import asyncio
from dataclasses import dataclass
from typing import Final

from adapters.postgres.tenant_pool import TenantPool
from application.shared.errors import Unavailable

PATIENCE: Final = 1.5
"""Seconds: a server that hangs is as good as away, and whoever routes requests is to know within two."""


@dataclass(frozen=True, slots=True)
class PostgresReadiness:
    pool: TenantPool

    async def check(self) -> None:
        """Raises: Unavailable."""
        try:
            async with asyncio.timeout(PATIENCE), self.pool.connection() as connection:
                await connection.execute("SELECT 1")
        except TimeoutError as late:
            raise Unavailable from late
