"""Orders, and the baskets from which they are placed, in memory."""

from collections.abc import Collection
from uuid import UUID

from adapters.memory.attempt import Attempt
from adapters.memory.store import MemoryStore
from adapters.records.baskets import basket_from, basket_guards
from adapters.records.order_records import PARTS, order_changes, order_from
from adapters.records.rows import Rows
from application.shared.errors import OrganizationMissing
from domain.ids import CustomerId, OrderId, ProductId
from domain.ordering.basket import Basket
from domain.ordering.errors import OrderNotFound
from domain.ordering.order import Order


class MemoryBaskets:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    async def look(self, customer: CustomerId, products: Collection[ProductId]) -> Basket:
        await self._attempt.turn()
        store, organization = self._attempt.store, self._attempt.organization
        policy = store.row(organization, "organizations")
        if policy is None:
            raise OrganizationMissing
        buyer = store.row(organization, "customers", customer)
        offers = {one: row for one in products if (row := store.row(organization, "products", one))}
        self._attempt.hold(basket_guards(policy, buyer, offers))
        return basket_from(policy, buyer, offers.values())


class MemoryOrders:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    async def get(self, id: OrderId) -> Order:
        await self._attempt.turn()
        rows = rows_of_order(self._attempt.store, self._attempt.organization, id)
        return self._attempt.read("orders", order_from(rows))

    def save(self, order: Order) -> None:
        self._attempt.save(order, order_changes)


def rows_of_order(store: MemoryStore, organization: UUID, id: OrderId) -> Rows:
    """Return every row of an order, parts in the order of their position. Raises: OrderNotFound."""
    row = store.row(organization, "orders", id)
    if row is None:
        raise OrderNotFound(id)
    parts = {table: store.rows(organization, table, order_id=id) for table in PARTS}
    return {"orders": [row], **{table: sorted(rows, key=lambda row: row["position"]) for table, rows in parts.items()}}
