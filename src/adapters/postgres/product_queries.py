"""Products as they are shown."""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select

from adapters.postgres.paging import page, turned
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.product_records import product_view
from adapters.records.tables import products
from application.catalogue.ports import ProductView
from application.shared.pages import Direction, Page, PageRequest
from domain.catalogue.errors import ProductNotFound
from domain.ids import ProductId


@dataclass(frozen=True, slots=True)
class PostgresProductQueries:
    pool: TenantPool

    async def get(self, organization: UUID, id: ProductId) -> ProductView:
        async with self.pool.serving(organization) as connection:
            found = await _get().fetch(connection, {PARAMETER: organization, "id": id})
        if not found:
            raise ProductNotFound(id)
        return product_view(found[0])

    async def page(self, organization: UUID, request: PageRequest) -> Page[ProductView]:
        return await page(self.pool, organization, _list, {}, request, product_view)


@cache
def _get() -> Statement:
    return compiled(select(products).where(of_organization(products), products.c.id == bindparam("id", type_=Uuid())))


@cache
def _list(direction: Direction, positioned: bool) -> Statement:
    return turned(select(products).where(of_organization(products)), products, direction, positioned=positioned)
