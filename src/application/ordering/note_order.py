"""Note something about an order, in whatever state it is: the order itself does not change by it."""

from dataclasses import dataclass
from datetime import datetime

from application.ordering.ownership import visible
from application.ordering.ports import BeginOrdering
from application.shared.caller import Caller
from application.shared.ports import IdFactory
from domain.ids import NoteId, OrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteOrder:
    caller: Caller
    order_id: OrderId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What was noted. Its event has a place in the timeline, which nobody knows before it is written."""

    id: NoteId
    order_id: OrderId
    text: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteOrderHandler:
    """Raises: OrderNotFound."""

    begin: BeginOrdering
    new_id: IdFactory

    async def __call__(self, command: NoteOrder) -> Note:
        async with self.begin(command.caller) as work:
            order = visible(await work.orders.get(command.order_id), to=command.caller)
            note = Note(
                id=NoteId(self.new_id()),
                order_id=order.id,
                text=command.text,
                actor=str(command.caller.principal),
                at=work.now(),
            )
            work.orders.save(order.note_down(note.id, command.text, at=note.at))
            return await work.commit(note)
