"""Rows of what is told to others, no column empty: an endpoint, a delivery to it, and an attempt at that."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from adapters.records.changes import Changes, Insert, Row
from adapters.system import new_id

AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


def endpoint_row() -> Row:
    return {
        "id": new_id(),
        "url": "https://shop.example/hooks",
        "event_types": ["order.*", "payment.refunded"],
        "status": "disabled",
        "disabled_because": "gone",
        "secret": b"sealed",
        "previous_secret": b"sealed before",
        "previous_until": AT + timedelta(days=1),
        "created_at": AT,
        "removed_at": AT,
        "version": 2,
    }


def delivery_row(endpoint: UUID, event: Row) -> Row:
    """A delivery of an event that has a place in the feed, or will have one."""
    return {
        "id": new_id(),
        "channel": "webhook",
        "endpoint_id": endpoint,
        "event_id": event["id"],
        "n": 0,
        "position": event["position"] or 1,
        "subject": event["subject"],
        "subject_id": event["subject_id"],
        "type": event["type"],
        "state": "delivered",
        "attempts": 1,
        "due_at": None,
        "lease_until": None,
        "fence": 1,
        "created_at": AT,
        "settled_at": AT,
    }


def attempt_row(delivery: UUID) -> Row:
    return {
        "delivery_id": delivery,
        "n": 1,
        "at": AT,
        "outcome": "delivered",
        "status": 204,
        "ms": 12,
        "error": "nothing to speak of",
    }


def told_changes(event: Row) -> Changes:
    """Return what it takes that somebody was told of this event."""
    endpoint = endpoint_row()
    delivery = delivery_row(endpoint["id"], event)
    rows = {"webhook_endpoints": endpoint, "deliveries": delivery, "delivery_attempts": attempt_row(delivery["id"])}
    return Changes.of((), [Insert(table, row) for table, row in rows.items()])
