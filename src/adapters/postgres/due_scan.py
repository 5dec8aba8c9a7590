"""Which orders of all organizations are due: as the role that scans, which sees which, when and whose, and no more.

Due to expire, or due because a payment of theirs is under way and nobody is at it any more.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from adapters.postgres.failures import translated
from adapters.postgres.pooled_connection import Pooler
from adapters.postgres.system_connection import SystemConnection
from domain.ids import OrderId

DUE_ORDERS: Final = """
(SELECT organization_id, id FROM orders
WHERE status = 'pending' AND expires_at <= now() AND id <> ALL ($2::uuid[])
ORDER BY expires_at LIMIT $1)
UNION ALL
(SELECT due.* FROM organizations moved CROSS JOIN LATERAL (
    SELECT organization_id, id FROM orders
    WHERE organization_id = moved.id AND status = 'pending' AND id <> ALL ($2::uuid[])
        AND expires_at > now() AND expires_at <= now() + moved.clock_offset_seconds * interval '1 second'
    ORDER BY expires_at LIMIT $1) due
WHERE moved.clock_offset_seconds <> 0 LIMIT $1)
"""
"""By the real time, and for sandboxes that were moved ahead, by their own: each from an index of what is pending."""

DUE_PAYMENTS: Final = """
SELECT organization_id, order_id AS id FROM payment_operations
WHERE outcome = 'open' AND lease_until <= now() AND order_id <> ALL ($2::uuid[])
ORDER BY lease_until LIMIT $1
"""
"""Longest over first. From an index of what is open, which is short."""


class PostgresDueScan:
    """Opens its connection when it needs one, and another one after a failure."""

    def __init__(self, dsn: str, pooler: Pooler = Pooler.NONE, *, due: str = DUE_ORDERS) -> None:
        self._dsn = dsn
        self._pooler = pooler
        self._due = due
        self._connection: SystemConnection | None = None

    async def due(self, limit: int, *, but: Collection[UUID] = ()) -> list[tuple[UUID, OrderId]]:
        """Return organization and id of orders that are due: up to `limit`, and up to so many in sandboxes that were
        moved ahead; none of those that are named in `but`. Raises: Unavailable, Outdated (it took too long).
        """
        with translated():
            try:
                if self._connection is None:
                    self._connection = await SystemConnection.to(self._dsn, self._pooler, "orderwright worker")
                rows = await self._connection.fetch(self._due, limit, list(but))
            except BaseException:
                self._hang_up()
                raise
        return [(row["organization_id"], row["id"]) for row in rows]

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
