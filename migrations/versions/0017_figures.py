"""Figures of the whole house: the system may ask for counts and sums, and sees no row of anybody's for them."""

from collections.abc import Sequence

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

COUNTED = {
    "orders": "status = 'pending'",
    "order_lines": "true",
    "payment_operations": "outcome = 'open'",
    "payments": "true",
    "events": "position IS NULL",
    "products": "true",
    "stock_ledger": "true",
}
"""What the owner's two functions read; nobody logs in as the owner, and only the system may call them."""

FIGURES = """
CREATE FUNCTION figures() RETURNS TABLE (name text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    WITH held AS (
        SELECT CASE WHEN o.created_at > now() - interval '1 hour' THEN '<1h'
                WHEN o.created_at > now() - interval '6 hours' THEN '<6h'
                WHEN o.created_at > now() - interval '24 hours' THEN '<24h' ELSE '>=24h' END AS age,
            (SELECT sum(l.quantity) FROM public.order_lines l
                WHERE l.organization_id = o.organization_id AND l.order_id = o.id) AS units
        FROM public.orders o WHERE o.status = 'pending'
    ), waiting AS (
        SELECT e.at FROM public.events e WHERE e.position IS NULL LIMIT 10000
    )
    SELECT 'held_orders', age, count(*)::double precision FROM held GROUP BY age
    UNION ALL SELECT 'held_units', age, coalesce(sum(units), 0)::double precision FROM held GROUP BY age
    UNION ALL SELECT 'payments', CASE p.status WHEN 'unknown' THEN 'unknown' ELSE 'open' END, count(*)
        FROM public.payment_operations o
        JOIN public.payments p ON p.organization_id = o.organization_id AND p.id = o.payment_id
        WHERE o.outcome = 'open' GROUP BY 2
    UNION ALL SELECT 'jobs', CASE j.status::text WHEN 'failed' THEN 'held' ELSE 'queued' END, count(*)
        FROM jobs.pgqueuer j GROUP BY 2
    UNION ALL SELECT 'events_waiting', '', count(*) FROM waiting
    UNION ALL SELECT 'oldest_event_seconds', '',
        coalesce(greatest(extract(epoch FROM now() - min(at)), 0), 0)::double precision FROM waiting
$$
"""
"""Each from an index of what is pending, open or waiting. Events are counted up to 10 000."""

AUDIT = """
CREATE FUNCTION stock_audit(after_organization uuid, after_product uuid, most integer)
RETURNS TABLE (checked bigint, oversold bigint, unbalanced bigint, organization uuid, product uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    WITH slice AS (
        SELECT p.organization_id, p.id, p.on_hand, p.reserved FROM public.products p
        WHERE (p.organization_id, p.id) > (after_organization, after_product)
        ORDER BY p.organization_id, p.id LIMIT most
    ), judged AS (
        SELECT s.organization_id, s.id, s.reserved > s.on_hand AS oversold,
            s.on_hand <> told.on_hand OR s.reserved <> told.reserved AS unbalanced
        FROM slice s CROSS JOIN LATERAL (
            SELECT coalesce(sum(l.on_hand), 0) AS on_hand, coalesce(sum(l.reserved), 0) AS reserved
            FROM public.stock_ledger l WHERE l.organization_id = s.organization_id AND l.product_id = s.id
        ) told
    )
    SELECT count(*), count(*) FILTER (WHERE j.oversold), count(*) FILTER (WHERE j.unbalanced),
        (array_agg(j.organization_id ORDER BY j.organization_id DESC, j.id DESC))[1],
        (array_agg(j.id ORDER BY j.organization_id DESC, j.id DESC))[1]
    FROM judged j
$$
"""
"""The next products in the order of their keys: how many, how many of them are wrong, and which was the last."""

FUNCTIONS = ("figures()", "stock_audit(uuid, uuid, integer)")


def upgrade() -> None:
    for table, seen in COUNTED.items():
        op.execute(f"CREATE POLICY figures ON {table} FOR SELECT TO orderwright_owner USING ({seen})")
    op.execute(FIGURES)
    op.execute(AUDIT)
    for function in FUNCTIONS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO orderwright_system")


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    for table in COUNTED:
        op.execute(f"DROP POLICY figures ON {table}")
