"""Read one customer."""

from dataclasses import dataclass

from application.customers.ports import CustomerQueries, CustomerView
from application.shared.caller import Caller
from domain.customers.errors import CustomerNotFound
from domain.ids import CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCustomer:
    caller: Caller
    customer_id: CustomerId


@dataclass(frozen=True, slots=True)
class GetCustomerHandler:
    """Raises: CustomerNotFound, also for a customer whom the caller does not act for."""

    customers: CustomerQueries

    async def __call__(self, query: GetCustomer) -> CustomerView:
        if not query.caller.acts_for(query.customer_id):
            raise CustomerNotFound(query.customer_id)
        return await self.customers.get(query.caller.organization, query.customer_id)
