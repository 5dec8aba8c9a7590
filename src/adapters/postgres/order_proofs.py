"""Orders, proved."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy import Uuid, bindparam

from adapters.postgres.facts import Source, order_source
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER
from adapters.records.invariants import judged
from application.ordering.proof import OrderProof
from application.shared.invariants import Check
from domain.ids import OrderId
from domain.ordering.errors import OrderNotFound

MANY: Final = 100
"""Events from which on an order is judged beside the event loop, where nobody else waits for it: notes have no number
at which they end, and ten thousand of them take seconds."""

_BESIDE: Final = ThreadPoolExecutor(1, thread_name_prefix="proof")
"""One long history at a time: requests want the processor, too."""


@dataclass(frozen=True, slots=True)
class PostgresOrderProofs:
    pool: TenantPool

    async def of(self, organization: UUID, id: OrderId) -> OrderProof:
        source, statement = _one()
        async with self.pool.serving(organization) as connection:
            found = await statement.fetch(connection, {PARAMETER: organization, "id": id})
        if not found:
            raise OrderNotFound(id)
        return OrderProof(id=id, customer_id=found[0]["customer_id"], checks=await _judged(source, found[0]))


async def _judged(source: Source, order: asyncpg.Record) -> tuple[Check, ...]:
    def judge() -> tuple[Check, ...]:
        return judged(source.facts(order))

    if len(order["events"]) < MANY:
        return judge()
    return await asyncio.get_running_loop().run_in_executor(_BESIDE, judge)


@cache
def _one() -> tuple[Source, Statement]:
    source = order_source()
    return source, compiled(source.read.where(source.root.c.id == bindparam("id", type_=Uuid())))
