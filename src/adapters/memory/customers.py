"""Customers in memory."""

from functools import partial

from adapters.memory.attempt import Attempt
from adapters.memory.orders import rows_of_order
from adapters.records.changes import Changes, Touch
from adapters.records.customer_records import customer_changes, customer_from
from adapters.records.erasing import erased_members, erased_orders
from domain.customers.customer import Customer
from domain.customers.errors import CustomerNotFound
from domain.ids import CustomerId


class MemoryCustomers:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    async def get(self, id: CustomerId) -> Customer:
        await self._attempt.turn()
        row = self._attempt.store.row(self._attempt.organization, "customers", id)
        if row is None:
            raise CustomerNotFound(id)
        return self._attempt.read("customers", customer_from(row))

    def save(self, customer: Customer) -> None:
        self._attempt.save(customer, customer_changes)

    def erase(self, customer: Customer) -> None:
        self._attempt.save(customer, customer_changes)
        self._attempt.also(partial(_erasing, self._attempt, customer))


def _erasing(attempt: Attempt, customer: Customer) -> Changes:
    """All that becomes of others when this customer is erased, as they are now."""
    store, house = attempt.store, attempt.organization
    orders = [rows_of_order(store, house, row["id"]) for row in store.rows(house, "orders", customer_id=customer.id)]
    members = store.rows(house, "members", customer_id=customer.id)
    sessions = {row["id"]: store.rows(house, "sessions", member_id=row["id"]) for row in members}
    live = [(row, [one for one in sessions[row["id"]] if one["revoked_at"] is None]) for row in members]
    subjects = [customer.id, *(rows["orders"][0]["id"] for rows in orders), *sessions]
    said = (row for subject in subjects for row in store.rows(house, "events", subject_id=subject))
    over = (row for some in sessions.values() for row in some if row["revoked_at"] is not None)
    forgotten = [
        *(Touch(table="events", key={"id": row["id"]}, set={"personal": None}) for row in said),
        *(Touch(table="sessions", key={"id": row["id"]}, set={"user_agent": None}) for row in over),
    ]
    erased = erased_orders(orders, attempt.stamp, at=customer.updated_at)
    return erased + erased_members(live, attempt.stamp, at=attempt.instant()) + Changes.of(forgotten)
