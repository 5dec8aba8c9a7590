"""What must be true before serving: that the second tenant wall cannot be walked around."""

from adapters.postgres.tenant_pool import TenantPool


class WallMissing(Exception):
    """Serving would bypass row-level security; the message says why, and what to do."""


async def check_wall(pool: TenantPool) -> None:
    """Raises: WallMissing, Unavailable."""
    async with pool.connection() as connection:
        gaps = [str(row["gap"]) for row in await connection.fetch(_GAPS)]
        if connection.get_server_pid() != await connection.fetchval("SELECT pg_backend_pid()"):
            gaps.append("a transaction pooler stands in between, where a session's organization would leak to others")
    if gaps:
        raise WallMissing(
            "Not serving, since row-level security would not hold:\n"
            + "\n".join(f"  - {gap}" for gap in gaps)
            + "\nConnect straight to PostgreSQL, as a login that is no superuser, after ./orderwright migrate up."
        )


_GAPS = """
WITH tenant_tables AS (
    SELECT c.oid, c.relname
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
    UNION
    SELECT c.oid, c.relname FROM pg_class c WHERE c.oid = to_regclass('public.organizations')
)
SELECT format('%s is a superuser', current_user) AS gap
FROM pg_roles WHERE rolname = current_user AND rolsuper
UNION ALL
SELECT format('%s has BYPASSRLS', current_user)
FROM pg_roles WHERE rolname = current_user AND rolbypassrls
UNION ALL
SELECT format('%s owns the table %s', current_user, relname)
FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND pg_has_role(current_user, relowner, 'USAGE')
UNION ALL
SELECT format('row security does not hold on %s', relname) FROM tenant_tables WHERE NOT row_security_active(oid)
UNION ALL
SELECT 'the schema is missing' WHERE NOT EXISTS (SELECT FROM tenant_tables)
"""
