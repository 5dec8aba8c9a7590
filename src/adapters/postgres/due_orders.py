"""Which orders of an organization are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, bindparam, literal_column, select

from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.schema import INSTANT
from adapters.records.tables import orders
from domain.ids import OrderId

_PENDING: Final = orders.c.status == literal_column("'pending'")
"""In words, so that PostgreSQL sees that the index of what is pending will do."""


@dataclass(frozen=True, slots=True)
class PostgresDueOrders:
    pool: TenantPool

    async def due(self, organization: UUID, at: datetime, limit: int) -> Sequence[OrderId]:
        async with self.pool.serving(organization) as connection:
            rows = await _due().fetch(connection, {PARAMETER: organization, "at": at, "limit": limit})
        return [row["id"] for row in rows]


@cache
def _due() -> Statement:
    due = (_PENDING, orders.c.expires_at <= bindparam("at", type_=INSTANT))
    found = select(orders.c.id).where(of_organization(orders), *due).order_by(orders.c.expires_at, orders.c.id)
    return compiled(found.limit(bindparam("limit", type_=Integer())))
