"""An event as everybody outside is told of it: a CloudEvent, the same in the feed and in a webhook."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudEvent:
    """CloudEvents 1.0, in structured mode. `sequence` counts the events of its subject, from 1 and without a gap;
    `data` is the resource afterwards, as JSON has it; what was personal in it is null once it is erased.
    """

    specversion: str = "1.0"
    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    sequence: int
    actor: str
    requestid: str
    data: Mapping[str, object]
