"""Numbering what has happened, and writing down who is to be told: pure, the same for every store.

Between the look at what waits and the write others may have been at it. The write is guarded: an event that was
numbered meanwhile is no longer without a number, and no number is given twice; then nothing is written, and one looks
again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Final
from uuid import UUID

from adapters.records.changes import Changes, Insert, Row, Touch
from adapters.records.delivery_tables import MAIL, PENDING, WEBHOOK
from application.shared.ports import IdFactory
from domain.ordering.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderExpired,
    OrderPlaced,
    OrderShipped,
    PaymentRefunded,
)

MAILED: Final = frozenset(
    event.type for event in (OrderPlaced, OrderConfirmed, OrderShipped, OrderCancelled, OrderExpired, PaymentRefunded)
)
"""What a customer is written to about, where the organization wants that."""

WAITING: Final = ("id", "subject", "subject_id", "sequence", "type")
"""Of an event that has no number yet, what it takes to give it one, and to know who is to be told."""

ENDPOINT: Final = ("id", "event_types")
"""Of an endpoint, what it takes to know what it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What one look finds: events (of each subject the next ones, none left out), the last number that is given, the
    enabled endpoints, and whether customers are written to.
    """

    events: Sequence[Row]
    last: int
    endpoints: Sequence[Row]
    mail: bool


def relayed(organization: UUID, waiting: Waiting, *, at: datetime, new_id: IdFactory) -> Changes:
    """Return what it means to number these events; `at` is the real instant, at which their deliveries are due."""
    touches, inserts = [], []
    for position, event in enumerate(in_order(waiting.events), waiting.last + 1):
        touches.append(
            Touch(table="events", key={"id": event["id"]}, seen={"position": None}, set={"position": position})
        )
        for channel, endpoint in _receivers(waiting, event["type"]):
            delivery = {"channel": channel, "endpoint_id": endpoint, "position": position, "created_at": at}
            inserts.append(Insert("deliveries", {"id": new_id(), **_NEW, **delivery, **_of(event), "due_at": at}))
    return Changes.of(touches, inserts, locks=(lock_of(organization),))


def in_order(events: Iterable[Row]) -> list[Row]:
    """Return events in the order of their ids, which is about that of time, but those of one subject by sequence.

    Ids are made by several processes, whose clocks differ: an event that comes out of order waits for the one before.
    """
    of_subjects = sorted(events, key=lambda event: (event["subject"], event["subject_id"], event["sequence"]))
    ranked: list[tuple[UUID, int, Row]] = []
    for _, some in groupby(of_subjects, key=lambda event: (event["subject"], event["subject_id"])):
        latest = UUID(int=0)
        for event in some:
            latest = max(latest, event["id"])
            ranked.append((latest, event["sequence"], event))
    return [event for *_, event in sorted(ranked, key=lambda one: one[:2])]


def is_told(event_types: Sequence[str], type: str) -> bool:
    """Whether an endpoint that asks for these types (`order.*`; none: all) is told of an event of this type."""
    return not event_types or type in event_types or f"{type.partition('.')[0]}.*" in event_types


def lock_of(organization: UUID) -> int:
    """Return the name of what only one relay at a time may hold, as a number of 64 bits."""
    return int.from_bytes(sha256(b"relay" + organization.bytes).digest()[:8], "big", signed=True)


def _receivers(waiting: Waiting, type: str) -> Iterator[tuple[str, UUID | None]]:
    for endpoint in waiting.endpoints:
        if is_told(endpoint["event_types"], type):
            yield WEBHOOK, endpoint["id"]
    if waiting.mail and type in MAILED:
        yield MAIL, None


def _of(event: Row) -> Row:
    return {
        "event_id": event["id"],
        "subject": event["subject"],
        "subject_id": event["subject_id"],
        "type": event["type"],
    }


_NEW: Final = {
    "n": 0,
    "state": PENDING,
    "attempts": 0,
    "lease_until": None,
    "fence": 0,
    "settled_at": None,
}
"""A delivery that nobody has begun."""
