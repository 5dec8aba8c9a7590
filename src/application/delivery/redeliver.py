"""Send one delivery again."""

from dataclasses import dataclass

from application.delivery.log import BeginRedelivery
from application.shared.caller import Caller
from domain.ids import DeliveryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Redelivered:
    """How many events are told again: those that wait to be told anyway are not among them."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeliver:
    caller: Caller
    delivery_id: DeliveryId


@dataclass(frozen=True, slots=True)
class RedeliverHandler:
    """Raises: DeliveryNotFound, IllegalTransition."""

    begin: BeginRedelivery

    async def __call__(self, command: Redeliver) -> Redelivered:
        async with self.begin(command.caller) as work:
            told = (await work.redeliveries.one(command.delivery_id)).redeliver()
            work.redeliveries.save(told)
            return await work.commit(Redelivered(count=len(told.again)))
