"""Who writes, in which request: what every event and every ledger row is stamped with."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from adapters.records.changes import Row
from adapters.records.documents import camel, document
from adapters.records.personal import fresh_salt, parted
from application.shared.caller import Caller
from application.shared.ports import IdFactory
from domain.shared.events import Event


@dataclass(frozen=True, slots=True)
class Stamp:
    """`salt` makes what only an event's hash remembers of people unguessable (see `records.personal`)."""

    caller: Caller
    new_id: IdFactory
    salt: Callable[[], str] = fresh_salt

    @property
    def actor(self) -> str:
        return str(self.caller.principal)

    def event(self, event: Event, *, subject: str, subject_id: UUID, data: object, plain: frozenset[str]) -> Row:
        """Return the row of an event, but for its sequence and hash.

        `data` is the resource afterwards; the event's own fields (but `plain`, which say nothing new) become `facts`.
        What is personal in either stands beside the body, not in it.
        """
        id = self.new_id()  # noqa: A001 - the column's name
        said = {
            "id": id,
            "type": event.type,
            "subject": f"{subject}s/{subject_id}",
            "time": event.at,
            "actor": self.actor,
            "requestid": self.caller.request_id,
            "facts": {camel(f.name): getattr(event, f.name) for f in fields(event) if f.name not in plain},
            "data": data,
        }
        whole: Any = document(said)
        body, personal = parted(subject, whole, self.salt)
        return {
            "id": id,
            "subject": subject,
            "subject_id": subject_id,
            "type": event.type,
            "at": event.at,
            "actor": self.actor,
            "request_id": self.caller.request_id,
            "body": body,
            "personal": personal,
        }
