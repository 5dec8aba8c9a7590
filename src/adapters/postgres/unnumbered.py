"""Where events wait for their places in the feed, in all organizations, and since when: as the role that scans, which
sees of an event whose it is, its id and whether it is numbered.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from adapters.postgres.system_connection import SystemConnection

_OLDEST: Final = """
WITH RECURSIVE oldest AS (
    (SELECT organization_id, id FROM events
    WHERE position IS NULL {but} ORDER BY organization_id, id LIMIT 1)
    UNION ALL
    SELECT after.* FROM oldest CROSS JOIN LATERAL (
        SELECT organization_id, id FROM events
        WHERE position IS NULL AND organization_id > oldest.organization_id {but}
        ORDER BY organization_id, id LIMIT 1) after
)
"""
"""Of every organization in which events wait, the first one: a look each at the index of those that do."""

UNNUMBERED: Final = f"""
{_OLDEST.format(but="AND organization_id <> ALL ($2::uuid[])")}
SELECT organization_id, organization_id AS id FROM oldest LIMIT $1
"""  # noqa: S608 - words of ours
"""The organizations in which events wait, for `PostgresDueScan`."""

MANY: Final = 100_000
"""Waiting events are counted up to here."""

_LAG: Final = f"""
{_OLDEST.format(but="")}
SELECT array(SELECT id FROM oldest) AS oldest, extract(epoch FROM clock_timestamp())::float8 AS now,
    (SELECT count(*) FROM (SELECT FROM events WHERE position IS NULL LIMIT {MANY}) waiting) AS waiting
"""  # noqa: S608 - words of ours


@dataclass(frozen=True, slots=True)
class EventLag:
    """How many committed events wait to be numbered (up to `MANY`), and for how many seconds the oldest of them has:
    0.0, where there is none.
    """

    waiting: int
    seconds: float


async def event_lag(connection: SystemConnection) -> EventLag:
    """Ask how far the relay is behind. An event's age is that of its id, which is made by the real clock, even in a
    sandbox. Raises: asyncpg.PostgresError, OSError, TimeoutError.
    """
    (row,) = await connection.fetch(_LAG)
    since = min(map(_made_at, row["oldest"]), default=row["now"])
    return EventLag(waiting=row["waiting"], seconds=max(0.0, row["now"] - since))


def _made_at(id: UUID) -> float:
    """Return the instant in a UUIDv7, in seconds since 1970 (RFC 9562, section 5.7)."""
    return (id.int >> 80) / 1000
