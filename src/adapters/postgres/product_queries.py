"""Products as they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Text, Uuid, bindparam, select

from adapters.postgres.paging import OWNER, belonging, cut, fetched, page, turned
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.product_records import beginning_with, product_view
from adapters.records.stock_records import move_view
from adapters.records.tables import products, stock_ledger
from application.catalogue.ports import LATEST, ProductFilters, ProductView, StockMoveView
from application.shared.pages import NEWEST, Direction, Page, PageRequest, Sort
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

    async def page(self, organization: UUID, filters: ProductFilters, request: PageRequest) -> Page[ProductView]:
        values = _values(filters)
        select = partial(_list, sort=request.sort, filtered=tuple(values))
        return await page(self.pool, organization, select, values, request, product_view)

    async def moves(self, organization: UUID, id: ProductId, request: PageRequest) -> Page[StockMoveView]:
        found = await fetched(self.pool, organization, _moves, {OWNER: id}, request)
        if not found:
            raise ProductNotFound(id)
        return cut([row for row in found if row["id"] is not None], request, move_view)


_CONDITIONS: Final[Mapping[str, ColumnElement[bool]]] = {
    "status": products.c.status == bindparam("status", type_=Text()),
    "sku": products.c.sku == bindparam("sku", type_=Text()),
    "name": products.c.folded_name >= bindparam("name", type_=Text()),
    "name_end": products.c.folded_name < bindparam("name_end", type_=Text()),
}
"""Filters, by the names of what they are given: comparisons that leak nothing, so that each reaches its index."""


def _values(filters: ProductFilters) -> dict[str, Any]:
    name, name_end = (None, None) if filters.name is None else beginning_with(filters.name)
    given = {"status": filters.status, "sku": filters.sku, "name": name, "name_end": name_end}
    return {name: value for name, value in given.items() if value is not None}


@cache
def _get() -> Statement:
    return compiled(select(products).where(of_organization(products), products.c.id == bindparam("id", type_=Uuid())))


@cache
def _list(direction: Direction, positioned: bool, sort: Sort = NEWEST, filtered: tuple[str, ...] = ()) -> Statement:
    rows = select(products).where(of_organization(products), *(_CONDITIONS[name] for name in filtered))
    return turned(rows, products, direction, positioned=positioned, sort=sort)


@cache
def _moves(direction: Direction, positioned: bool) -> Statement:
    rows = select(stock_ledger).where(of_organization(stock_ledger), stock_ledger.c.product_id == bindparam(OWNER))
    place = (stock_ledger.c.at, stock_ledger.c.id)
    return belonging(products, ("id",), rows, place, direction, positioned=positioned, sort=LATEST)
