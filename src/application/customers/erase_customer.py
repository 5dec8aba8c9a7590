"""Erase a customer: nothing that is personal stays, its orders and their sums do."""

from dataclasses import dataclass

from application.customers.ports import BeginCustomers
from application.shared.caller import Caller
from domain.customers.customer import Customer
from domain.ids import CustomerId
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseCustomer:
    caller: Caller
    customer_id: CustomerId
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class EraseCustomerHandler:
    """Raises: CustomerNotFound, StaleVersion, IllegalTransition."""

    begin: BeginCustomers

    async def __call__(self, command: EraseCustomer) -> Customer:
        async with self.begin(command.caller) as work:
            customer = await work.customers.get(command.customer_id)
            check_version(expected=command.expected_version, actual=customer.version)
            customer = customer.erase(at=work.now())
            work.customers.erase(customer)
            return await work.commit(customer)
