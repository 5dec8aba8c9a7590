"""Customers as they are shown."""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select

from adapters.postgres.paging import page, turned
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.customer_records import customer_view
from adapters.records.tables import customers
from application.customers.ports import CustomerView
from application.shared.pages import Direction, Page, PageRequest
from domain.customers.errors import CustomerNotFound
from domain.ids import CustomerId


@dataclass(frozen=True, slots=True)
class PostgresCustomerQueries:
    pool: TenantPool

    async def get(self, organization: UUID, id: CustomerId) -> CustomerView:
        async with self.pool.serving(organization) as connection:
            found = await _get().fetch(connection, {PARAMETER: organization, "id": id})
        if not found:
            raise CustomerNotFound(id)
        return customer_view(found[0])

    async def page(self, organization: UUID, request: PageRequest) -> Page[CustomerView]:
        return await page(self.pool, organization, _list, {}, request, customer_view)


@cache
def _get() -> Statement:
    return compiled(
        select(customers).where(of_organization(customers), customers.c.id == bindparam("id", type_=Uuid()))
    )


@cache
def _list(direction: Direction, positioned: bool) -> Statement:
    return turned(select(customers).where(of_organization(customers)), customers, direction, positioned=positioned)
