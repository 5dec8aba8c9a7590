"""PostgreSQL as a store under test: the service's own pool for the ports, a superuser for the two seams."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

import asyncpg

from adapters.payments import PostgresLedger, SimulatedGateway
from adapters.postgres import (
    Pooler,
    PostgresApiKeyBearers,
    PostgresApiKeyQueries,
    PostgresAttempts,
    PostgresBegin,
    PostgresCredentials,
    PostgresCustomerQueries,
    PostgresDeliveryLog,
    PostgresDueOrders,
    PostgresEndpointQueries,
    PostgresFeed,
    PostgresMemberQueries,
    PostgresMeQueries,
    PostgresOrderQueries,
    PostgresPolicyQueries,
    PostgresProductQueries,
    PostgresRelay,
    PostgresRevocations,
    PostgresSessionQueries,
    TenantPool,
)
from adapters.records.schema import tenant_column
from adapters.system import new_id
from application.identity.rates import Rates
from application.shared.ports import IdFactory
from tests.books import mark
from tests.contract.backend import UNPROVED, HandClock, Row
from tests.postgres import Database


@dataclass(frozen=True)
class PostgresBackend:
    pool: TenantPool
    behind: asyncpg.Pool
    revocations: PostgresRevocations
    clock: HandClock = field(default_factory=HandClock)
    new_id: IdFactory = new_id

    @property
    def ledger(self) -> PostgresLedger:
        return PostgresLedger(self.pool.connection)

    @property
    def gateway(self) -> SimulatedGateway:
        return SimulatedGateway(self.ledger, self.clock)

    @property
    def begin(self) -> PostgresBegin:
        return PostgresBegin(self.pool, self.clock, self.new_id)

    @property
    def orders(self) -> PostgresOrderQueries:
        return PostgresOrderQueries(self.pool)

    @property
    def policies(self) -> PostgresPolicyQueries:
        return PostgresPolicyQueries(self.pool)

    @property
    def due_orders(self) -> PostgresDueOrders:
        return PostgresDueOrders(self.pool)

    @property
    def feed(self) -> PostgresFeed:
        return PostgresFeed(self.pool)

    @property
    def relay(self) -> PostgresRelay:
        return PostgresRelay(self.pool, self.clock, self.new_id)

    @property
    def products(self) -> PostgresProductQueries:
        return PostgresProductQueries(self.pool)

    @property
    def customers(self) -> PostgresCustomerQueries:
        return PostgresCustomerQueries(self.pool)

    @property
    def credentials(self) -> PostgresCredentials:
        return PostgresCredentials(self.pool)

    @property
    def me(self) -> PostgresMeQueries:
        return PostgresMeQueries(self.pool)

    def attempts(self, rates: Rates) -> PostgresAttempts:
        return PostgresAttempts(self.pool, self.clock, rates)

    @property
    def members(self) -> PostgresMemberQueries:
        return PostgresMemberQueries(self.pool)

    @property
    def sessions(self) -> PostgresSessionQueries:
        return PostgresSessionQueries(self.pool)

    @property
    def endpoints(self) -> PostgresEndpointQueries:
        return PostgresEndpointQueries(self.pool)

    @property
    def deliveries(self) -> PostgresDeliveryLog:
        return PostgresDeliveryLog(self.pool)

    @property
    def api_keys(self) -> PostgresApiKeyQueries:
        return PostgresApiKeyQueries(self.pool)

    @cached_property
    def bearers(self) -> PostgresApiKeyBearers:
        """One and the same: it remembers."""
        return PostgresApiKeyBearers(self.pool, self.clock)

    async def rows(self, organization: UUID, table: str) -> list[Row]:
        found = await self.behind.fetch(f"SELECT * FROM {table} WHERE {tenant_column(table)} = $1", organization)
        return [dict(row) for row in found]

    async def insert(self, organization: UUID, table: str, row: Row) -> None:
        whole = {tenant_column(table): organization, **row}
        places = ", ".join(f"${place}" for place in range(1, len(whole) + 1))
        await self.behind.execute(f"INSERT INTO {table} ({', '.join(whole)}) VALUES ({places})", *whole.values())

    async def overwrite(self, organization: UUID, table: str, key: Row, **columns: object) -> None:
        if table not in UNPROVED:
            mark(organization)
        where = {tenant_column(table): organization, **key}
        setting = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, 1))
        of_row = " AND ".join(f"{name} = ${place}" for place, name in enumerate(where, len(columns) + 1))
        done = await self.behind.execute(
            f"UPDATE {table} SET {setting} WHERE {of_row}", *columns.values(), *where.values()
        )
        assert done == "UPDATE 1", f"no such row of {table}: {where}"


@asynccontextmanager
async def postgres_backend(
    database: Database, dsn: str | None = None, pooler: Pooler = Pooler.NONE
) -> AsyncIterator[PostgresBackend]:
    """Serve from this database, straight or, where the `dsn` says so, through a pooler."""
    pool = TenantPool.to(dsn or database.dsn, pooler, size=10)
    async with asyncpg.create_pool(database.superuser, min_size=1, max_size=4) as behind:
        revocations = PostgresRevocations.of(dsn or database.dsn, pooler)
        await revocations.start()
        yield PostgresBackend(pool, behind, revocations)
        await revocations.stop()
        await pool.close()
