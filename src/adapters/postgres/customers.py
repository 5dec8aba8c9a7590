"""Customers, read and saved."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Uuid, bindparam, select

from adapters.postgres.erasing import Erasing
from adapters.postgres.riding import Look, look
from adapters.postgres.unit_of_work import UnitOfWork
from adapters.postgres.wall import of_organization
from adapters.records.customer_records import customer_changes, customer_from
from adapters.records.tables import customers, organizations
from domain.customers.customer import Customer
from domain.customers.errors import CustomerNotFound
from domain.ids import CustomerId


@dataclass(frozen=True, slots=True)
class PostgresCustomers:
    unit: UnitOfWork

    async def get(self, id: CustomerId) -> Customer:
        found = await self.unit.fetch(_get(), id=id)
        if not found:
            raise CustomerNotFound(id)
        return self.unit.read("customers", customer_from(found[0]))

    def save(self, customer: Customer) -> None:
        self.unit.save(customer, customer_changes)

    def erase(self, customer: Customer) -> None:
        self.unit.save(customer, customer_changes)
        unit = self.unit
        unit.around(Erasing(customer.id, unit.stamp, at=customer.updated_at, instant=unit.instant()))


@cache
def _get() -> Look:
    this = customers.c.id == bindparam("id", type_=Uuid())
    walls = (of_organization(customers), of_organization(organizations))
    return look(select(organizations.c.clock_offset_seconds, customers).where(*walls, this))
