"""Begins a unit of work on PostgreSQL: which repositories there are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import TypeVar

from sqlalchemy import select

from adapters.postgres.api_keys import PostgresApiKeys
from adapters.postgres.baskets import PostgresBaskets
from adapters.postgres.clocks import PostgresClocks
from adapters.postgres.customers import PostgresCustomers
from adapters.postgres.endpoints import PostgresEndpoints
from adapters.postgres.members import PostgresMembers
from adapters.postgres.orders import PostgresOrders
from adapters.postgres.organizations import PostgresOrganizations
from adapters.postgres.policies import PostgresPolicies
from adapters.postgres.products import PostgresProducts
from adapters.postgres.redeliveries import PostgresRedeliveries
from adapters.postgres.riding import Look, look
from adapters.postgres.sessions import PostgresSessions
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.unit_of_work import UnitOfWork
from adapters.postgres.wall import of_organization
from adapters.records.tables import organizations
from application.shared.caller import Caller
from application.shared.ports import Clock, IdFactory

R = TypeVar("R")


class PostgresWork:
    """The unit of work of every context."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    @cached_property
    def baskets(self) -> PostgresBaskets:
        return PostgresBaskets(self._unit)

    @cached_property
    def orders(self) -> PostgresOrders:
        return PostgresOrders(self._unit)

    @cached_property
    def policies(self) -> PostgresPolicies:
        return PostgresPolicies(self._unit)

    @cached_property
    def products(self) -> PostgresProducts:
        return PostgresProducts(self._unit)

    @cached_property
    def customers(self) -> PostgresCustomers:
        return PostgresCustomers(self._unit)

    @cached_property
    def organizations(self) -> PostgresOrganizations:
        return PostgresOrganizations(self._unit)

    @cached_property
    def members(self) -> PostgresMembers:
        return PostgresMembers(self._unit)

    @cached_property
    def sessions(self) -> PostgresSessions:
        return PostgresSessions(self._unit)

    @cached_property
    def api_keys(self) -> PostgresApiKeys:
        return PostgresApiKeys(self._unit)

    @cached_property
    def clocks(self) -> PostgresClocks:
        return PostgresClocks(self._unit)

    @cached_property
    def endpoints(self) -> PostgresEndpoints:
        return PostgresEndpoints(self._unit)

    @cached_property
    def redeliveries(self) -> PostgresRedeliveries:
        return PostgresRedeliveries(self._unit)

    async def look(self) -> None:
        if not await self._unit.fetch(_clock()):
            self._unit.without_organization()

    def now(self) -> datetime:
        return self._unit.now()

    def instant(self) -> datetime:
        return self._unit.instant()

    async def commit(self, result: R) -> R:
        return await self._unit.commit(result)

    async def record(self) -> None:
        await self._unit.record()


@dataclass(frozen=True, slots=True)
class PostgresBegin:
    """No transaction is open between the read and the write, so leaving without commit has nothing to undo."""

    pool: TenantPool
    clock: Clock
    new_id: IdFactory

    @asynccontextmanager
    async def __call__(self, caller: Caller) -> AsyncIterator[PostgresWork]:
        unit = UnitOfWork(self.pool, caller, self.clock, self.new_id)
        try:
            yield PostgresWork(unit)
        finally:
            unit.end()


@cache
def _clock() -> Look:
    return look(select(organizations.c.clock_offset_seconds).where(of_organization(organizations)))
