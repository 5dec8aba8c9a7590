"""The one place where the row of an event becomes what others are told, by whatever way."""

from typing import Final
from uuid import UUID

from adapters.records.changes import Row
from adapters.records.documents import to_json
from adapters.records.personal import whole
from application.feed.cloud_event import CloudEvent

COLUMNS: Final = (
    "id", "subject", "subject_id", "sequence", "type", "at", "actor", "request_id", "body", "personal", "position",
)  # fmt: skip
"""Of an event, what it takes to tell of it, and where it stands in the feed."""


def cloud_event(organization: UUID, row: Row) -> CloudEvent:
    """Return what others are told of an event; of people, what is not forgotten."""
    return CloudEvent(
        id=row["id"],
        source=f"/organizations/{organization}",
        type=row["type"],
        subject=f"{row['subject']}s/{row['subject_id']}",
        time=row["at"],
        sequence=row["sequence"],
        actor=row["actor"],
        requestid=row["request_id"],
        data=whole(row["body"], row["personal"])["data"],
    )


def cloud_event_json(organization: UUID, row: Row) -> str:
    """Return the same as JSON (`application/cloudevents+json`)."""
    return to_json(cloud_event(organization, row))
