"""Expire an order that nobody confirmed in time: its stock is free again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from application.ordering.ownership import visible
from application.ordering.ports import BeginOrdering
from application.shared.caller import Caller
from application.shared.errors import ConcurrentModification
from domain.ids import OrderId
from domain.ordering.errors import PaymentInProgress
from domain.ordering.order import Order
from domain.shared.errors import IllegalTransition


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireOrder:
    """The house's own command: `caller` is the system. `at`: as if it were this instant (UTC); None, by the
    organization's clock.
    """

    caller: Caller
    order_id: OrderId
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExpireOrderHandler:
    """Whatever was found due may be so no longer: state and time are looked at here, and hold at the commit, or it is
    outdated. Any number may try at once. Raises: OrderNotFound, IllegalTransition.
    """

    begin: BeginOrdering

    async def __call__(self, command: ExpireOrder) -> Order:
        async with self.begin(command.caller) as work:
            order = visible(await work.orders.get(command.order_id), to=command.caller)
            order = order.expire(at=command.at or work.now())
            work.orders.save(order)
            return await work.commit(order)


async def expired(expire: Callable[[ExpireOrder], Awaitable[Order]], command: ExpireOrder) -> bool:
    """Say whether it expired: what was confirmed or cancelled meanwhile, or is not due yet, stays as it is; and what
    others keep changing, is for whoever looks next.
    """
    try:
        await expire(command)
    except (IllegalTransition, PaymentInProgress, ConcurrentModification):
        return False
    return True
