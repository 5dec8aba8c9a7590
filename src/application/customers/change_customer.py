"""Know something new of a customer."""

from dataclasses import dataclass

from application.customers.ports import BeginCustomers
from application.shared.caller import Caller
from domain.customers.customer import Customer, CustomerChange
from domain.ids import CustomerId
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCustomer:
    caller: Caller
    customer_id: CustomerId
    change: CustomerChange
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeCustomerHandler:
    """Raises: CustomerNotFound, StaleVersion, RulesBroken (address-incomplete), Taken (email)."""

    begin: BeginCustomers

    async def __call__(self, command: ChangeCustomer) -> Customer:
        async with self.begin(command.caller) as work:
            before = await work.customers.get(command.customer_id)
            check_version(expected=command.expected_version, actual=before.version)
            customer = before.change(at=work.now(), **command.change)
            if customer is before:
                return before
            work.customers.save(customer)
            return await work.commit(customer)
