"""Orders, and the baskets from which they are placed, in memory."""

from collections.abc import Collection
from uuid import UUID

from adapters.memory.attempt import Attempt
from adapters.memory.store import MemoryStore
from adapters.records.baskets import basket_from, basket_guards
from adapters.records.changes import Changes, Touch
from adapters.records.order_records import PARTS, order_changes, order_from
from adapters.records.rows import Rows
from domain.ids import CustomerId, OrderId, ProductId
from domain.ordering.basket import Basket
from domain.ordering.errors import OrderNotFound
from domain.ordering.order import Order


class MemoryBaskets:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    async def look(self, customer: CustomerId, products: Collection[ProductId]) -> Basket:
        await self._attempt.read()
        store, organization = self._attempt.store, self._attempt.organization
        policy = store.row(organization, "organizations")
        if policy is None:
            raise RuntimeError(f"there is no organization {organization}")
        buyer = store.row(organization, "customers", customer)
        offers = {one: row for one in products if (row := store.row(organization, "products", one))}
        self._attempt.hold(basket_guards(policy, buyer, offers))
        return basket_from(policy, buyer, offers.values())


class MemoryOrders:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._read: dict[OrderId, Order] = {}

    async def get(self, id: OrderId) -> Order:
        await self._attempt.read()
        rows = rows_of_order(self._attempt.store, self._attempt.organization, id)
        order = self._read[id] = order_from(rows)
        self._attempt.hold(Changes.of([Touch(table="orders", key={"id": id}, seen={"version": order.version})]))
        return order

    def save(self, order: Order) -> None:
        self._attempt.stage(order.id, order_changes(order, self._read.get(order.id), self._attempt.stamp))


def rows_of_order(store: MemoryStore, organization: UUID, id: OrderId) -> Rows:
    """Return every row of an order, parts in the order of their position. Raises: OrderNotFound."""
    row = store.row(organization, "orders", id)
    if row is None:
        raise OrderNotFound(id)
    parts = {table: store.rows(organization, table, order_id=id) for table in PARTS}
    return {"orders": [row], **{table: sorted(rows, key=lambda row: row["position"]) for table, rows in parts.items()}}
