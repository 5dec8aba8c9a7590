"""The queue of deliveries is their rows: claimed by a lease, settled behind a fence, one statement each.

A claim moves `due_at` to the end of its lease, so that the index of what is due has nothing that somebody is at. What
is due, but has an earlier one of its subject before it, is put off until that one is: so nobody looks at it again and
again; whoever settles the one before, makes it due at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg

from adapters.postgres.tenant_pool import TenantPool
from adapters.records.cloud_events import cloud_event_json
from adapters.records.delivery_tables import ENABLED
from adapters.records.personal import whole
from application.delivery.notices import Recipient
from application.delivery.ports import Attempt, Batch, Claimed, Lane, Target
from application.webhooks.ports import Sent
from domain.delivery.verdict import DeliveryState
from domain.ids import DeliveryId

BEHIND: Final = 0.25
"""Seconds by which is put off what waits for one that somebody is at just now."""

_OF_LANE: Final = {True: "d.endpoint_id = $2", False: "$2::uuid IS NULL AND d.endpoint_id IS NULL"}

_CLAIM: Final = """
WITH due AS (
    SELECT d.id, d.subject_id, d.position, d.n FROM deliveries d
    WHERE d.organization_id = $1 AND {lane} AND d.state = 'pending' AND d.due_at <= now()
    ORDER BY d.due_at, d.position, d.n LIMIT $3 FOR UPDATE SKIP LOCKED
), behind AS (
    SELECT due.id, before.due_at, before.lease_until FROM due CROSS JOIN LATERAL (
        SELECT d.due_at, d.lease_until FROM deliveries d
        WHERE d.organization_id = $1 AND {lane} AND d.state = 'pending' AND d.subject_id = due.subject_id
            AND (d.position, d.n) < (due.position, due.n) AND d.id NOT IN (SELECT id FROM due)
        ORDER BY d.position, d.n LIMIT 1
    ) before
), put_off AS (
    UPDATE deliveries d SET due_at = greatest(
        CASE WHEN behind.lease_until IS NULL THEN behind.due_at END, now() + $5 * interval '1 second'
    )
    FROM behind WHERE d.organization_id = $1 AND d.id = behind.id
), claimed AS (
    UPDATE deliveries d SET
        fence = d.fence + 1,
        lease_until = now() + $4 * interval '1 second', due_at = now() + $4 * interval '1 second'
    FROM due WHERE d.organization_id = $1 AND d.id = due.id AND d.id NOT IN (SELECT id FROM behind)
    RETURNING d.id, d.fence, d.attempts, d.endpoint_id, d.event_id, d.position, d.n
)
SELECT
    c.id, c.fence, c.attempts, c.event_id, e.position, e.subject, e.subject_id, e.sequence, e.type, e.at, e.actor,
    e.request_id, e.body, e.personal, o.name AS shop, {to}
    (SELECT count(*) FROM due) AS due
FROM claimed c JOIN events e ON (e.organization_id, e.id) = ($1, c.event_id) JOIN organizations o ON o.id = $1
{beside}
ORDER BY c.position, c.n
"""

_WEBHOOK: Final = _CLAIM.format(
    lane=_OF_LANE[True],
    to="p.url, p.status, p.secret, CASE WHEN p.previous_until > now() THEN p.previous_secret END AS previous_secret,",
    beside="JOIN webhook_endpoints p ON (p.organization_id, p.id) = ($1, c.endpoint_id)",
)
_MAIL: Final = _CLAIM.format(
    lane=_OF_LANE[False],
    to="o.mail, b.email, b.name, b.status,",
    beside=(
        "LEFT JOIN orders r ON (r.organization_id, r.id) = ($1, e.subject_id) AND e.subject = 'order'"
        " LEFT JOIN customers b ON (b.organization_id, b.id) = ($1, r.customer_id)"
    ),
)
"""Who is written to is read together with the claim: so it is as of just before it is sent."""

_SETTLE: Final = """
WITH said AS (
    SELECT * FROM unnest(
        $2::uuid[], $3::int[], $4::text[], $5::float8[],
        $6::timestamptz[], $7::text[], $8::int[], $9::int[], $10::text[]
    ) AS said (id, fence, state, pause, at, outcome, status, ms, error)
), settled AS (
    UPDATE deliveries d SET
        state = said.state,
        attempts = d.attempts + CASE WHEN said.outcome IS NULL THEN 0 ELSE 1 END,
        due_at = CASE said.state WHEN 'pending' THEN now() + said.pause * interval '1 second' END,
        settled_at = CASE said.state WHEN 'pending' THEN NULL ELSE now() END,
        lease_until = NULL
    FROM said
    WHERE d.organization_id = $1 AND d.id = said.id AND d.fence = said.fence AND d.lease_until IS NOT NULL
    RETURNING d.id, d.attempts, d.subject_id, d.state, d.endpoint_id
), noted AS (
    INSERT INTO delivery_attempts (organization_id, delivery_id, n, at, outcome, status, ms, error)
    SELECT $1, settled.id, settled.attempts, said.at, said.outcome, said.status, said.ms, said.error
    FROM settled JOIN said USING (id) WHERE said.outcome IS NOT NULL
), gone AS (
    UPDATE webhook_endpoints p SET status = 'disabled', disabled_because = 'gone', version = p.version + 1
    WHERE p.organization_id = $1 AND p.id = ANY ($11::uuid[]) AND p.status = 'enabled' AND EXISTS (SELECT FROM settled)
), next AS (
    UPDATE deliveries d SET due_at = now()
    FROM (SELECT DISTINCT subject_id, endpoint_id FROM settled WHERE state <> 'pending') over
    WHERE d.organization_id = $1 AND d.state = 'pending' AND d.lease_until IS NULL AND d.due_at > now()
        AND d.subject_id = over.subject_id AND {lane} AND d.id <> ALL ($2::uuid[])
)
SELECT count(*) AS settled FROM settled
"""

_SETTLE_WEBHOOK: Final = _SETTLE.format(lane="d.endpoint_id = over.endpoint_id")
_SETTLE_MAIL: Final = _SETTLE.format(lane="d.endpoint_id IS NULL")

_LANES: Final = """
SELECT DISTINCT endpoint_id FROM deliveries WHERE organization_id = $1 AND state = 'pending' AND due_at <= now()
"""


@dataclass(frozen=True, slots=True)
class PostgresDeliveryQueue:
    """Implements DeliveryQueue."""

    pool: TenantPool

    async def lanes(self, organization: UUID) -> Sequence[Lane]:
        async with self.pool.serving(organization) as connection:
            rows = await connection.fetch(_LANES, organization)
        return [Lane(organization=organization, endpoint_id=row["endpoint_id"]) for row in rows]

    async def claim(self, lane: Lane, *, limit: int, lease: float) -> Batch:
        statement = _MAIL if lane.endpoint_id is None else _WEBHOOK
        async with self.pool.serving(lane.organization) as connection:
            rows = await connection.fetch(statement, lane.organization, lane.endpoint_id, limit, lease, BEHIND)
        read = _recipient if lane.endpoint_id is None else _target
        return Batch(
            lane=lane,
            shop=rows[0]["shop"] if rows else "",
            deliveries=tuple(_claimed(lane.organization, row, read(row)) for row in rows),
            more=bool(rows) and rows[0]["due"] == limit,
        )

    async def settle(self, batch: Batch, attempts: Sequence[Attempt]) -> int:
        lane = batch.lane
        made = {attempt.delivery.id: attempt for attempt in attempts}
        said = [_said(delivery, made.get(delivery.id)) for delivery in batch.deliveries]
        gone = [lane.endpoint_id] if any(attempt.verdict.gone for attempt in attempts) else []
        statement = _SETTLE_MAIL if lane.endpoint_id is None else _SETTLE_WEBHOOK
        async with self.pool.serving(lane.organization) as connection:
            rows = await connection.fetch(statement, lane.organization, *map(list, zip(*said, strict=True)), gone)
        return int(rows[0]["settled"])


def _claimed(organization: UUID, row: asyncpg.Record, to: Target | Recipient | None) -> Claimed:
    told = whole(row["body"], row["personal"])
    return Claimed(
        id=DeliveryId(row["id"]),
        fence=row["fence"],
        event_id=row["event_id"],
        subject=f"{row['subject']}s/{row['subject_id']}",
        type=row["type"],
        made=row["attempts"],
        body=cloud_event_json(organization, {**row, "id": row["event_id"]}),
        data=told["data"],
        facts=told["facts"],
        to=to,
    )


def _target(row: asyncpg.Record) -> Target | None:
    if row["status"] != ENABLED:
        return None
    secrets = (row["secret"], *((row["previous_secret"],) if row["previous_secret"] else ()))
    return Target(url=row["url"], secrets=secrets)


def _recipient(row: asyncpg.Record) -> Recipient | None:
    """Suspended customers still hear of their orders; erased ones are nobody any more."""
    if not row["mail"] or row["status"] in {None, "erased"}:
        return None
    return Recipient(email=row["email"], name=row["name"])


def _said(delivery: Claimed, attempt: Attempt | None) -> tuple[Any, ...]:
    """Return what is written down of a delivery: that it was given back, where nobody tried it."""
    if attempt is None:
        return delivery.id, delivery.fence, DeliveryState.PENDING.value, 0.0, None, None, None, None, None
    state, pause, came = attempt.verdict.state, attempt.verdict.pause, attempt.came
    settled = (delivery.id, delivery.fence, state.value, pause.total_seconds() if pause else 0.0)
    if came is None:
        return *settled, None, None, None, None, None
    if isinstance(came, Sent):
        outcome = "accepted" if state is DeliveryState.DELIVERED else "refused"
        return *settled, attempt.at, outcome, came.status, came.ms, None
    return *settled, attempt.at, "unanswered", None, came.ms, came.why.value
