"""Read one customer."""

from dataclasses import dataclass

from application.customers.ports import CustomerQueries, CustomerView
from application.shared.caller import Caller
from domain.ids import CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCustomer:
    caller: Caller
    customer_id: CustomerId


@dataclass(frozen=True, slots=True)
class GetCustomerHandler:
    """Raises: CustomerNotFound."""

    customers: CustomerQueries

    async def __call__(self, query: GetCustomer) -> CustomerView:
        return await self.customers.get(query.caller.organization, query.customer_id)
