"""Orders as they are shown."""

from dataclasses import dataclass
from functools import cache, partial
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, func, select

from adapters.postgres.order_select import order_columns, rows_of
from adapters.postgres.paging import page, turned
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.order_records import order_view
from adapters.records.tables import orders
from application.ordering.order_view import OrderView
from application.ordering.ports import OrderFilters
from application.shared.pages import Direction, Page, PageRequest
from domain.ids import OrderId
from domain.ordering.errors import OrderNotFound


@dataclass(frozen=True, slots=True)
class PostgresOrderQueries:
    pool: TenantPool

    async def get(self, organization: UUID, id: OrderId) -> OrderView:
        async with self.pool.serving(organization) as connection:
            found = await _get().fetch(connection, {PARAMETER: organization, "id": id})
        if not found:
            raise OrderNotFound(id)
        return order_view(rows_of(found[0]))

    async def page(self, organization: UUID, filters: OrderFilters, request: PageRequest) -> Page[OrderView]:
        values = {"statuses": sorted(filters.statuses), "customer": filters.customer_id}
        select = partial(_list, bool(filters.statuses), filters.customer_id is not None)
        return await page(self.pool, organization, select, values, request, lambda row: order_view(rows_of(row)))


@cache
def _get() -> Statement:
    this = orders.c.id == bindparam("id", type_=Uuid())
    return compiled(select(*order_columns()).where(of_organization(orders), this))


@cache
def _list(by_status: bool, by_customer: bool, direction: Direction, positioned: bool) -> Statement:
    rows = select(*order_columns()).where(of_organization(orders))
    if by_status:
        rows = rows.where(orders.c.status == func.any(bindparam("statuses", type_=ARRAY(Text()))))
    if by_customer:
        rows = rows.where(orders.c.customer_id == bindparam("customer", type_=Uuid()))
    return turned(rows, orders, direction, positioned=positioned)
