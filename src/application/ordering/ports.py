"""What ordering needs of the world."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from application.ordering.order_view import OrderView
from application.shared.pages import Page, PageRequest
from application.shared.work import Begin, Work
from domain.ids import CustomerId, OrderId, ProductId
from domain.ordering.basket import Basket
from domain.ordering.lifecycle import State
from domain.ordering.number import OrderNumber
from domain.ordering.order import Order


class Baskets(Protocol):
    async def look(self, customer: CustomerId, products: Collection[ProductId]) -> Basket:
        """Return what is true of this customer, of those of the products that exist, and of the policy.

        What it returned still holds at commit, or commit raises Outdated.
        """


class Orders(Protocol):
    async def get(self, id: OrderId) -> Order:
        """Return the order as it is now, without events. Raises: OrderNotFound."""

    def save(self, order: Order) -> None:
        """Stage the order and its events; stock and ledger follow from them. A new order is one that was not read."""


class OrderingWork(Work, Protocol):
    @property
    def baskets(self) -> Baskets: ...
    @property
    def orders(self) -> Orders: ...


BeginOrdering = Begin[OrderingWork]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilters:
    """Which orders: those in one of `statuses` (all, when empty), of one customer (anybody's, when None)."""

    statuses: frozenset[State] = frozenset()
    customer_id: CustomerId | None = None


class OrderQueries(Protocol):
    async def get(self, organization: UUID, id: OrderId) -> OrderView:
        """Raises: OrderNotFound."""

    async def page(self, organization: UUID, filters: OrderFilters, request: PageRequest) -> Page[OrderView]:
        """Return a page, newest first; positions are `(created_at, id)`."""


class NumberFactory(Protocol):
    def __call__(self) -> OrderNumber:
        """Return a random order number; it may be taken (then the store says Outdated, and a rerun draws again)."""
