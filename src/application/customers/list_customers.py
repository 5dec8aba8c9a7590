"""List customers, newest first."""

from dataclasses import dataclass

from application.customers.ports import CustomerQueries, CustomerView
from application.shared.caller import Caller
from application.shared.pages import Page, PageRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCustomers:
    caller: Caller
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListCustomersHandler:
    customers: CustomerQueries

    async def __call__(self, query: ListCustomers) -> Page[CustomerView]:
        return await self.customers.page(query.caller.organization, query.page)
