"""What customers need of the world."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Protocol, Self
from uuid import UUID

from application.shared.pages import Page, PageRequest
from application.shared.work import Begin, Work
from domain.address import Address
from domain.customers.customer import Customer
from domain.customers.lifecycle import Status
from domain.ids import CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerView:
    """One customer as it is shown."""

    id: CustomerId
    email: str
    name: str
    status: Status
    shipping_address: Address | None
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, customer: Customer) -> Self:
        return cls(**{field.name: getattr(customer, field.name) for field in fields(cls)})


class Customers(Protocol):
    async def get(self, id: CustomerId) -> Customer:
        """Return the customer as it is now, without events. Raises: CustomerNotFound."""

    def save(self, customer: Customer) -> None:
        """Stage the customer and its events."""

    def erase(self, customer: Customer) -> None:
        """Stage an erased customer, and that with it all that is personal is erased wherever it is kept: of its orders,
        of the members who act for it, whose sessions end, and of the events of all of them.
        """


class CustomersWork(Work, Protocol):
    @property
    def customers(self) -> Customers: ...


BeginCustomers = Begin[CustomersWork]


class CustomerQueries(Protocol):
    async def get(self, organization: UUID, id: CustomerId) -> CustomerView:
        """Raises: CustomerNotFound."""

    async def page(self, organization: UUID, request: PageRequest) -> Page[CustomerView]:
        """Return a page, newest first; positions are `(created_at, id)`."""
