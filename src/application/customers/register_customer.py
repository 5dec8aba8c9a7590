"""Register a customer."""

from dataclasses import dataclass

from application.customers.ports import BeginCustomers
from application.shared.caller import Caller
from application.shared.ports import IdFactory
from domain.address import Address
from domain.customers.customer import Customer
from domain.ids import CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCustomer:
    caller: Caller
    email: str
    name: str
    shipping_address: Address | None = None


@dataclass(frozen=True, slots=True)
class RegisterCustomerHandler:
    """Raises: Taken (email)."""

    begin: BeginCustomers
    new_id: IdFactory

    async def __call__(self, command: RegisterCustomer) -> Customer:
        async with self.begin(command.caller) as work:
            await work.look()
            customer = Customer.register(
                CustomerId(self.new_id()),
                email=command.email,
                name=command.name,
                shipping_address=command.shipping_address,
                at=work.now(),
            )
            work.customers.save(customer)
            return await work.commit(customer)
