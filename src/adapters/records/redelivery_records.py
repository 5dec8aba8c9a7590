"""Deliveries as they are shown, and as they are asked for again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from adapters.records.changes import Changes, Insert, Row
from adapters.records.delivery_tables import PENDING, WEBHOOK
from adapters.records.stamp import Stamp
from application.delivery.log import AttemptView, DeliveryView
from domain.delivery.redelivery import Told, ToldEvent
from domain.delivery.verdict import DeliveryState

SHOWN: Final = (
    "id", "event_id", "type", "subject", "subject_id", "state", "n", "due_at", "created_at", "settled_at",
)  # fmt: skip
"""Of a delivery, what its view says."""

SHOWN_OF_ATTEMPT: Final = ("n", "at", "status", "ms", "error")

SAME: Final = ("event_id", "position", "subject", "subject_id", "type")
"""What all deliveries of one event say of it."""


def delivery_view(row: Row, attempts: Iterable[Row]) -> DeliveryView:
    in_order = sorted(attempts, key=lambda attempt: attempt["n"])
    return DeliveryView(
        id=row["id"],
        event_id=row["event_id"],
        type=row["type"],
        subject=f"{row['subject']}s/{row['subject_id']}",
        state=DeliveryState(row["state"]),
        redelivery=row["n"],
        attempts=[
            AttemptView(at=one["at"], status=one["status"], ms=one["ms"], error=one["error"]) for one in in_order
        ],
        next_attempt_at=row["due_at"],
        created_at=row["created_at"],
        settled_at=row["settled_at"],
    )


def told_event(row: Row, *, n: int, waits: bool) -> ToldEvent:
    return ToldEvent(**{name: row[name] for name in SAME}, n=n, waits=waits, at=row["created_at"])


def redelivery_changes(told: Told, at: datetime, stamp: Stamp) -> Changes:
    """Return what telling again means: deliveries that are due at once; `at` is the real instant."""
    return Changes.of(
        (),
        [
            Insert(
                "deliveries",
                {
                    "id": stamp.new_id(),
                    "channel": WEBHOOK,
                    "endpoint_id": told.id,
                    **{name: getattr(event, name) for name in SAME},
                    "n": event.n,
                    "state": PENDING,
                    "attempts": 0,
                    "due_at": at,
                    "lease_until": None,
                    "fence": 0,
                    "created_at": at,
                    "settled_at": None,
                },
            )
            for event in told.again
        ],
    )
