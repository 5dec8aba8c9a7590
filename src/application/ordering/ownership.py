"""Whose order it is: to a caller who acts for one customer, the orders of others are as if they did not exist.

Every use case of ordering reads through one of these. Callers who act for the whole organization pass unchanged.
"""

from dataclasses import replace
from typing import Protocol, TypeVar

from application.ordering.ports import OrderFilters
from application.shared.caller import Caller
from domain.ids import CustomerId, OrderId
from domain.ordering.basket import Basket
from domain.ordering.errors import OrderNotFound


class Owned(Protocol):
    """An order, or a view of one."""

    @property
    def id(self) -> OrderId: ...
    @property
    def customer_id(self) -> CustomerId: ...


T = TypeVar("T", bound=Owned)


def visible(order: T, *, to: Caller) -> T:
    """Return the order. Raises: OrderNotFound, where it is none of the caller's, as for one that does not exist."""
    if not to.acts_for(order.customer_id):
        raise OrderNotFound(order.id)
    return order


def narrowed(filters: OrderFilters, *, to: Caller) -> OrderFilters | None:
    """Return the filters for what is the caller's own; None, where they ask for another customer's only."""
    if filters.customer_id is not None:
        return filters if to.acts_for(filters.customer_id) else None
    own = to.principal.customer_id
    return filters if own is None else replace(filters, customer_id=CustomerId(own))


def disclosed(basket: Basket, *, to: Caller) -> Basket:
    """Return the basket without a buyer whom the caller does not act for, suspended or not."""
    if basket.buyer is None or to.acts_for(basket.buyer.id):
        return basket
    return replace(basket, buyer=None)
