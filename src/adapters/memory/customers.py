"""Customers in memory."""

from adapters.memory.attempt import Attempt
from adapters.records.customer_records import customer_changes, customer_from
from domain.customers.customer import Customer
from domain.customers.errors import CustomerNotFound
from domain.ids import CustomerId


class MemoryCustomers:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    async def get(self, id: CustomerId) -> Customer:
        await self._attempt.turn()
        row = self._attempt.store.row(self._attempt.organization, "customers", id)
        if row is None:
            raise CustomerNotFound(id)
        return self._attempt.read("customers", customer_from(row))

    def save(self, customer: Customer) -> None:
        self._attempt.save(customer, customer_changes)
