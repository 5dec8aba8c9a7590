"""Customers as rows, and what a customer's events change."""

from typing import Any, Final

from adapters.records.addresses import address_from_json, address_to_json
from adapters.records.chain import chained
from adapters.records.changes import Changes, Row, Touch
from adapters.records.rows import Rows, differences, inserts
from adapters.records.stamp import Stamp
from application.customers.ports import CustomerView
from domain.customers.customer import Customer
from domain.customers.lifecycle import Status
from domain.email import same_mailbox

PLAIN: Final = frozenset({"at", "customer_id"})


def customer_changes(customer: Customer, before: Customer | None, stamp: Stamp) -> Changes:
    """Return what saving `customer` means, given the customer as it was read (None: it is new)."""
    data = CustomerView.of(customer)
    events = [
        stamp.event(e, subject="customer", subject_id=customer.id, data=data, plain=PLAIN) for e in customer.events
    ]
    if before is None:
        numbered, end = chained(events)
        (row,) = customer_rows(customer)["customers"]
        return Changes.of((), inserts({"customers": [{**row, **end}], "events": numbered}))
    root = Touch(table="customers", key={"id": customer.id}, seen={"version": before.version}, events=tuple(events))
    changed = differences(customer_rows(before), customer_rows(customer))
    return Changes.of([root, *(change for change in changed if isinstance(change, Touch))])


def customer_rows(customer: Customer) -> Rows:
    return {
        "customers": [
            {
                "id": customer.id,
                "email": customer.email,
                "mailbox": same_mailbox(customer.email),
                "name": customer.name,
                "status": customer.status.value,
                "shipping_address": address_to_json(customer.shipping_address),
                "created_at": customer.created_at,
                "updated_at": customer.updated_at,
                "version": customer.version,
            }
        ]
    }


def customer_from(row: Row) -> Customer:
    """Return the customer that this row says, without events."""
    return Customer(**_facts(row))


def customer_view(row: Row) -> CustomerView:
    """Return the read model that this row says."""
    return CustomerView(**_facts(row))


def _facts(row: Row) -> dict[str, Any]:
    address = row["shipping_address"]
    return {
        **{name: row[name] for name in ("id", "email", "name", "created_at", "updated_at", "version")},
        "status": Status(row["status"]),
        "shipping_address": None if address is None else address_from_json(address),
    }
