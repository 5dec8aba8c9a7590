"""Prove one order."""

from dataclasses import dataclass

from application.ordering.ownership import visible
from application.ordering.ports import OrderProofs
from application.ordering.proof import OrderProof
from application.shared.caller import Caller
from domain.ids import OrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveOrder:
    caller: Caller
    order_id: OrderId


@dataclass(frozen=True, slots=True)
class ProveOrderHandler:
    """Raises: OrderNotFound."""

    proofs: OrderProofs

    async def __call__(self, query: ProveOrder) -> OrderProof:
        return visible(await self.proofs.of(query.caller.organization, query.order_id), to=query.caller)
