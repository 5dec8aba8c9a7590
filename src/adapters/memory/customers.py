"""Customers in memory."""

from adapters.memory.attempt import Attempt
from adapters.records.changes import Changes, Touch
from adapters.records.customer_records import customer_changes, customer_from
from domain.customers.customer import Customer
from domain.customers.errors import CustomerNotFound
from domain.ids import CustomerId


class MemoryCustomers:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._read: dict[CustomerId, Customer] = {}

    async def get(self, id: CustomerId) -> Customer:
        await self._attempt.read()
        row = self._attempt.store.row(self._attempt.organization, "customers", id)
        if row is None:
            raise CustomerNotFound(id)
        customer = self._read[id] = customer_from(row)
        self._attempt.hold(Changes.of([Touch(table="customers", key={"id": id}, seen={"version": customer.version})]))
        return customer

    def save(self, customer: Customer) -> None:
        self._attempt.stage(customer.id, customer_changes(customer, self._read.get(customer.id), self._attempt.stamp))
