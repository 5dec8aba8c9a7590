"""Tell an endpoint again what was meant for it within a range of time, up to a thousand events at once."""

from dataclasses import dataclass
from datetime import datetime

from application.delivery.log import BeginRedelivery
from application.shared.caller import Caller
from domain.delivery.redelivery import MOST
from domain.ids import WebhookEndpointId


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeliverRange:
    """From `start` until before `end`: real instants, by which receivers live."""

    caller: Caller
    endpoint_id: WebhookEndpointId
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeRedelivered:
    """How many events are told again. `next_from`: from when to ask once more, where there were too many; None: all."""

    count: int
    next_from: datetime | None


@dataclass(frozen=True, slots=True)
class RedeliverRangeHandler:
    """Raises: WebhookEndpointNotFound, IllegalTransition."""

    begin: BeginRedelivery

    async def __call__(self, command: RedeliverRange) -> RangeRedelivered:
        async with self.begin(command.caller) as work:
            told = await work.redeliveries.between(command.endpoint_id, command.start, command.end, MOST)
            again = told.redeliver()
            work.redeliveries.save(again)
            rest = told.events[-1].at if len(told.events) == MOST else None
            return await work.commit(RangeRedelivered(count=len(again.again), next_from=rest))
