"""Orders, read and saved."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Uuid, bindparam, select

from adapters.postgres.order_select import order_columns, rows_of
from adapters.postgres.riding import Look, look
from adapters.postgres.unit_of_work import UnitOfWork
from adapters.postgres.wall import of_organization
from adapters.records.order_records import order_changes, order_from
from adapters.records.tables import orders, organizations
from domain.ids import OrderId
from domain.ordering.errors import OrderNotFound
from domain.ordering.order import Order


@dataclass(frozen=True, slots=True)
class PostgresOrders:
    unit: UnitOfWork

    async def get(self, id: OrderId) -> Order:
        found = await self.unit.fetch(_get(), id=id)
        if not found:
            raise OrderNotFound(id)
        return self.unit.read("orders", order_from(rows_of(found[0])))

    def save(self, order: Order) -> None:
        self.unit.save(order, order_changes)


@cache
def _get() -> Look:
    this = orders.c.id == bindparam("id", type_=Uuid())
    columns = (organizations.c.clock_offset_seconds, *order_columns())
    walls = (of_organization(orders), of_organization(organizations))
    return look(select(*columns).select_from(orders, organizations).where(*walls, this))
