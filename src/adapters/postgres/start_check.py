"""What must be true before serving: that the second tenant wall cannot be walked around."""

from typing import Final

import asyncpg

from adapters.postgres.tenant_pool import TenantPool
from application.shared.errors import Unavailable

POOLER: Final = (
    "a pooler stands in between, where a session's organization would leak to others:"
    " set ORDERWRIGHT_DATABASE_POOLER=transaction, or connect past it"
)


class WallMissing(Exception):
    """Serving would bypass row-level security; the message says why, and what to do."""


async def check_wall(pool: TenantPool) -> None:
    """Raises: WallMissing, Unavailable."""
    try:
        async with pool.connection() as connection:
            gaps = [str(row["gap"]) for row in await connection.fetch(_GAPS)]
            strayed = connection.get_server_pid() != await connection.fetchval("SELECT pg_backend_pid()")
            if strayed and not connection.pooled:
                gaps.append(POOLER)
    except Unavailable as error:
        if not isinstance(error.__cause__, asyncpg.ProtocolViolationError):
            raise
        gaps = [f"{POOLER} (it says: {error.__cause__})"]  # it took offence at the role in the startup packet
    if gaps:
        raise WallMissing(
            "Not serving, since row-level security would not hold:\n"
            + "\n".join(f"  - {gap}" for gap in gaps)
            + "\nConnect as a login that is no superuser, after ./orderwright migrate up."
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
