"""Expire the orders of one organization that are due, as many as there is time for."""

from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Final

from application.ordering.expire_order import ExpireOrder, expired
from application.ordering.ports import DueOrders
from application.shared.answering import Answering
from application.shared.caller import SYSTEM
from application.shared.due import Due
from application.shared.several import several
from domain.ordering.order import Order

BATCH: Final = 200
"""Orders that are looked for at once."""

AT_ONCE: Final = 4
"""Orders that are worked at at the same time: each wants a connection."""


@dataclass(frozen=True, slots=True)
class ExpireDueOrders:
    """Implements DueJob."""

    orders: DueOrders
    expire: Answering[ExpireOrder, Order]

    @property
    def name(self) -> str:
        return "expire-orders"

    async def __call__(self, due: Due) -> int:
        count = 0
        caller = replace(due.caller, principal=SYSTEM, claim=None)
        while monotonic() < due.until:
            orders = await self.orders.due(caller.organization, due.at, BATCH)
            commands = (ExpireOrder(caller=caller, order_id=order, at=due.at) for order in orders)
            calls = (partial(expired, self.expire, command) for command in commands)
            done = sum(await several(calls, at_once=AT_ONCE, until=due.until))
            count += done
            if len(orders) < BATCH or not done:  # nothing is left, or others are at what is left
                break
        return count
