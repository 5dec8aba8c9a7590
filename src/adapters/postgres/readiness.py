"""Whether PostgreSQL answers."""

from dataclasses import dataclass

from adapters.postgres.tenant_pool import TenantPool


@dataclass(frozen=True, slots=True)
class PostgresReadiness:
    pool: TenantPool

    async def check(self) -> None:
        """Raises: Unavailable."""
        async with self.pool.connection() as connection:
            await connection.execute("SELECT 1")
