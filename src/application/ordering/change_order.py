"""Change where an order goes, or what is noted of it, until something of it has shipped."""

from dataclasses import dataclass

from application.ordering.ownership import visible
from application.ordering.ports import BeginOrdering
from application.shared.caller import Caller
from domain.ids import OrderId
from domain.ordering.order import Order, OrderChange
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOrder:
    caller: Caller
    order_id: OrderId
    change: OrderChange
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeOrderHandler:
    """Raises: OrderNotFound, StaleVersion, IllegalTransition."""

    begin: BeginOrdering

    async def __call__(self, command: ChangeOrder) -> Order:
        async with self.begin(command.caller) as work:
            before = visible(await work.orders.get(command.order_id), to=command.caller)
            check_version(expected=command.expected_version, actual=before.version)
            order = before.change(at=work.now(), **command.change)
            if order is before:
                return before
            work.orders.save(order)
            return await work.commit(order)
