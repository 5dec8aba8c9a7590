"""Who writes, in which request: what every event and every ledger row is stamped with."""

from dataclasses import dataclass, fields
from uuid import UUID

from adapters.records.changes import Row
from adapters.records.documents import camel, to_json
from application.shared.caller import Caller
from application.shared.ports import IdFactory
from domain.shared.events import Event


@dataclass(frozen=True, slots=True)
class Stamp:
    caller: Caller
    new_id: IdFactory

    @property
    def actor(self) -> str:
        return str(self.caller.principal)

    def event(self, event: Event, *, subject: str, subject_id: UUID, data: object, plain: frozenset[str]) -> Row:
        """Return the row of an event, but for its sequence and hash.

        `data` is the resource afterwards; the event's own fields (but `plain`, which say nothing new) become `facts`.
        """
        id = self.new_id()  # noqa: A001 - the column's name
        body = {
            "id": id,
            "type": event.type,
            "subject": f"{subject}s/{subject_id}",
            "time": event.at,
            "actor": self.actor,
            "requestid": self.caller.request_id,
            "facts": {camel(f.name): getattr(event, f.name) for f in fields(event) if f.name not in plain},
            "data": data,
        }
        return {
            "id": id,
            "subject": subject,
            "subject_id": subject_id,
            "type": event.type,
            "at": event.at,
            "actor": self.actor,
            "request_id": self.caller.request_id,
            "body": to_json(body),
        }
