"""The chain of events: each event's hash takes in the one before, so that an edited or missing one shows."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from adapters.records.changes import Row

START: Final = b""
"""The hash before the first event of a subject."""


def link(previous: bytes, sequence: int, body: str) -> bytes:
    """Return SHA-256(previous ‖ sequence as 4 bytes, big-endian ‖ the stored bytes of the event)."""
    return sha256(previous + sequence.to_bytes(4, "big") + body.encode()).digest()


def chained(events: Iterable[Row], *, count: int = 0, head: bytes = START) -> tuple[list[Row], Row]:
    """Number and hash events that follow the `count`th, whose hash is `head`.

    Returns: the rows with `sequence` and `hash`, and the subject's new `events_count` and `events_head`.
    """
    rows: list[Row] = []
    for event in events:
        count += 1
        head = link(head, count, str(event["body"]))
        rows.append({**event, "sequence": count, "hash": head})
    return rows, {"events_count": count, "events_head": head}
