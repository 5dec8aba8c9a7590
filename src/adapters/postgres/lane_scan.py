"""In which lanes something is due, of all organizations: as the role that scans."""

from typing import Final

from adapters.postgres.failures import translated
from adapters.postgres.pooled_connection import Pooler
from adapters.postgres.system_connection import SystemConnection
from application.delivery.ports import Lane

_DUE: Final = "state = 'pending' AND due_at <= now()"

LANES: Final = f"""
WITH RECURSIVE endpoints AS (
    (SELECT organization_id, endpoint_id FROM deliveries WHERE {_DUE} AND endpoint_id IS NOT NULL
    ORDER BY organization_id, endpoint_id LIMIT 1)
    UNION ALL
    SELECT next.* FROM endpoints last CROSS JOIN LATERAL (
        SELECT organization_id, endpoint_id FROM deliveries
        WHERE {_DUE} AND (organization_id, endpoint_id) > (last.organization_id, last.endpoint_id)
        ORDER BY organization_id, endpoint_id LIMIT 1) next
), mailing AS (
    (SELECT organization_id FROM deliveries WHERE {_DUE} AND endpoint_id IS NULL ORDER BY organization_id LIMIT 1)
    UNION ALL
    SELECT next.* FROM mailing last CROSS JOIN LATERAL (
        SELECT organization_id FROM deliveries
        WHERE {_DUE} AND endpoint_id IS NULL AND organization_id > last.organization_id
        ORDER BY organization_id LIMIT 1) next
)
SELECT organization_id, endpoint_id FROM endpoints UNION ALL SELECT organization_id, NULL FROM mailing
"""  # noqa: S608 - words of ours
"""From lane to lane by an index: a lane where much waits costs no more than one where little does."""


class PostgresLaneScan:
    """Opens its connection when it needs one, and another one after a failure."""

    def __init__(self, dsn: str, pooler: Pooler = Pooler.NONE) -> None:
        self._dsn = dsn
        self._pooler = pooler
        self._connection: SystemConnection | None = None

    async def due(self) -> list[Lane]:
        """Return all lanes in which something is due. Raises: Unavailable, Outdated (it took too long)."""
        with translated():
            try:
                if self._connection is None:
                    self._connection = await SystemConnection.to(self._dsn, self._pooler, "orderwright deliveries")
                rows = await self._connection.fetch(LANES)
            except BaseException:
                self._hang_up()
                raise
        return [Lane(organization=row["organization_id"], endpoint_id=row["endpoint_id"]) for row in rows]

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
