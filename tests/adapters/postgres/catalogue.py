"""What PostgreSQL's own catalogue says of a database: its schema, and where the tenant wall has a hole."""

from typing import Final

import asyncpg

_SHAPE: Final = {
    "columns": """
        SELECT c.relname || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attnotnull THEN 'NOT NULL' END, 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
            nullif(a.attidentity, ''), nullif(a.attgenerated, ''), a.attcollation::regcollation::text,
            '-- ' || col_description(c.oid, a.attnum))
        FROM pg_attribute a JOIN ours c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v')
        LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
        WHERE a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": """
        SELECT c.relname || '.' || k.conname,
            concat_ws(' ', pg_get_constraintdef(k.oid), CASE WHEN NOT k.convalidated THEN 'unproved' END)
        FROM pg_constraint k JOIN ours c ON c.oid = k.conrelid WHERE k.contype <> 't'""",
    "indexes": """
        SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
        FROM pg_index i JOIN ours c ON c.oid = i.indrelid WHERE i.indisvalid""",
    "comments": """
        SELECT c.relname, obj_description(c.oid) FROM ours c WHERE obj_description(c.oid) IS NOT NULL""",
}
"""What tables say: SQLAlchemy's and the migrations' alike."""

_WALL: Final = {
    "tables": """
        SELECT c.relname, concat_ws(' ', relkind, relowner::regrole, relrowsecurity, relforcerowsecurity,
            (SELECT string_agg(acl::text, ',' ORDER BY acl::text) FROM unnest(relacl) acl))
        FROM ours c""",
    "policies": """
        SELECT c.relname || '.' || polname, concat_ws(' ', polcmd, polpermissive, polroles::regrole[],
            pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
        FROM pg_policy JOIN ours c ON c.oid = polrelid""",
    "triggers": """
        SELECT c.relname || '.' || tgname, pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN ours c ON c.oid = tgrelid WHERE NOT tgisinternal""",
    "functions": """
        SELECT oid::regprocedure::text, concat_ws(' ', pg_get_functiondef(oid), proowner::regrole, proacl::text)
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace""",
}
"""What only migrations make."""

_OURS: Final = """
    WITH ours AS (
        SELECT * FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'alembic%' AND relkind NOT IN ('i', 't')
    ) {}
"""


async def shape(connection: asyncpg.Connection) -> dict[str, dict[str, str]]:
    """Return columns, constraints and indexes, each by name, with all that PostgreSQL says of them."""
    return {name: dict(await connection.fetch(_OURS.format(sql))) for name, sql in _SHAPE.items()}


async def everything(connection: asyncpg.Connection) -> dict[str, dict[str, str]]:
    """Return the shape, and owners, rights, policies, triggers and functions."""
    wall = {name: dict(await connection.fetch(_OURS.format(sql))) for name, sql in _WALL.items()}
    return {**await shape(connection), **wall}


async def violations(connection: asyncpg.Connection) -> list[str]:
    """Return everything that would let one organization's rows out to another, a sentence each."""
    return sorted(row["violation"] for row in await connection.fetch(_VIOLATIONS))


_VIOLATIONS: Final = """
WITH house AS (
    SELECT oid, relname, relkind, relacl, reloptions, relrowsecurity, relforcerowsecurity
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
), walled AS (
    SELECT h.*, a.attnum AS whose, a.attname AS whose_name
    FROM house h JOIN pg_attribute a ON a.attrelid = h.oid AND NOT a.attisdropped AND h.relkind IN ('r', 'p')
        AND a.attname = CASE h.relname WHEN 'organizations' THEN 'id' ELSE 'organization_id' END
), policy AS (
    SELECT polrelid, polname, polpermissive, polcmd, polroles::regrole[]::text AS roles,
        regexp_replace(pg_get_expr(polqual, polrelid), '\\s+', ' ', 'g') AS says,
        pg_get_expr(polwithcheck, polrelid) AS checks
    FROM pg_policy
), listed AS (
    SELECT oid AS polrelid, 'tenant' AS polname, true AS polpermissive, '*'::"char" AS polcmd,
        '{orderwright_app}' AS roles,
        format('(%s = (current_setting(''app.organization''::text))::uuid)', whose_name) AS says, NULL::text AS checks
    FROM walled
    UNION ALL
    SELECT oid, 'slugs', true, 'r', '{orderwright_owner}', 'true', NULL FROM walled WHERE relname = 'organizations'
    UNION ALL
    SELECT oid, 'revoked', true, 'r', '{orderwright_system}', '(revocation_noted_at IS NOT NULL)', NULL
    FROM walled WHERE relname IN ('sessions', 'api_keys')
    UNION ALL
    SELECT oid, 'due', true, 'r', '{orderwright_system}', '((status = ''pending''::text) AND (expires_at <= (now()'
        || ' + ((( SELECT o.clock_offset_seconds FROM organizations o WHERE (o.id = orders.organization_id))'
        || ')::double precision * ''00:00:01''::interval))))', NULL
    FROM walled WHERE relname = 'orders'
    UNION ALL
    SELECT oid, polname, true, polcmd, '{orderwright_system}', '(expires_at <= now())', NULL
    FROM walled, (VALUES ('expired_select', 'r'::"char"), ('expired_delete', 'd')) policy (polname, polcmd)
    WHERE relname = 'idempotency_keys'
    UNION ALL
    SELECT oid, 'whose', true, 'r', '{orderwright_system}', 'true', NULL
    FROM walled WHERE relname IN ('organizations', 'events')
    UNION ALL
    SELECT oid, polname, true, polcmd, '{orderwright_system}', CASE relname WHEN 'sessions'
        THEN '(' || ended || ')'
        ELSE '(EXISTS ( SELECT FROM sessions s WHERE ((s.organization_id = refresh_tokens.organization_id)'
            || ' AND (s.id = refresh_tokens.session_id) AND ('
            || regexp_replace(ended, '(revoked|last_used|created)_at', 's.\\&', 'g') || '))))'
        END, NULL
    FROM walled, (VALUES ('ended_select', 'r'::"char"), ('ended_delete', 'd')) policy (polname, polcmd), (VALUES (
        'LEAST(revoked_at, (last_used_at + ''7 days''::interval), (created_at + ''30 days''::interval))'
        || ' < (now() - ''30 days''::interval)')) over (ended)
    WHERE relname IN ('sessions', 'refresh_tokens')
    UNION ALL
    SELECT oid, 'due', true, 'r', '{orderwright_system}',
        '((outcome = ''open''::text) AND (lease_until <= now()))', NULL
    FROM walled WHERE relname = 'payment_operations'
    UNION ALL
    SELECT oid, 'due', true, 'r', '{orderwright_system}', '((state = ''pending''::text) AND (due_at <= now()))', NULL
    FROM walled WHERE relname = 'deliveries'
    UNION ALL
    SELECT oid, 'figures', true, 'r', '{orderwright_owner}', says, NULL
    FROM walled JOIN (VALUES
        ('orders', '(status = ''pending''::text)'), ('payment_operations', '(outcome = ''open''::text)'),
        ('events', '("position" IS NULL)'), ('order_lines', 'true'), ('payments', 'true'), ('products', 'true'),
        ('stock_ledger', 'true')
    ) counted (name, says) ON name = relname
), counting AS (
    SELECT unnest('{figures(),"stock_audit(uuid,uuid,integer)"}'::text[])::regprocedure AS function
), grants AS (
    SELECT h.relname, acl.grantee, acl.privilege_type AS may
    FROM house h, aclexplode(h.relacl) acl WHERE acl.grantee <> 'orderwright_owner'::regrole
    UNION ALL
    SELECT h.relname, acl.grantee, acl.privilege_type || ' of ' || a.attname
    FROM house h JOIN pg_attribute a ON a.attrelid = h.oid, aclexplode(a.attacl) acl
), names AS (
    SELECT relname, grantee, may,
        CASE grantee WHEN 0 THEN 'everybody' ELSE pg_get_userbyid(grantee) END AS who FROM grants
)
SELECT format('%s: row security is off', relname) AS violation FROM walled WHERE NOT relrowsecurity
UNION ALL
SELECT format('%s: row security is not forced', relname) FROM walled WHERE NOT relforcerowsecurity
UNION ALL
SELECT format('%s: the policy %s is not on the list', polrelid::regclass, polname)
FROM (SELECT * FROM policy EXCEPT SELECT * FROM listed) unlisted
UNION ALL
SELECT format('%s: the policy %s is missing', polrelid::regclass, polname)
FROM (SELECT * FROM listed EXCEPT SELECT * FROM policy) missing
UNION ALL
SELECT format('%s: the key %s does not begin with the organization', w.relname, i.indexrelid::regclass)
FROM pg_index i JOIN walled w ON w.oid = i.indrelid
WHERE i.indisunique AND i.indkey[0] <> w.whose AND i.indexrelid::regclass::text <> 'organizations_slug_key'
UNION ALL
SELECT format('%s: the foreign key %s can leave the organization', w.relname, k.conname)
FROM pg_constraint k JOIN walled w ON w.oid = k.conrelid LEFT JOIN walled other ON other.oid = k.confrelid
WHERE k.contype = 'f' AND (k.conkey[1] <> w.whose OR k.confkey[1] IS DISTINCT FROM other.whose)
UNION ALL
SELECT format('%s: a table of nobody''s', relname) FROM house h
WHERE relkind IN ('r', 'p', 'm', 'f') AND relname NOT IN ('alembic_version', 'attempts', 'simulated_ledger')
    AND NOT EXISTS (SELECT FROM walled w WHERE w.oid = h.oid)
UNION ALL
SELECT format('%s: a view that sees with its owner''s eyes', relname) FROM house
WHERE relkind = 'v' AND NOT coalesce(reloptions, '{}') && '{security_invoker=true,security_invoker=on}'
UNION ALL
SELECT format('%s: %s may %s', relname, who, may) FROM names
WHERE (
    who <> 'orderwright_app' OR relname = 'alembic_version'
    OR split_part(may, ' ', 1) NOT IN ('SELECT', 'INSERT', 'UPDATE') AND (relname, may) <> ('attempts', 'DELETE')
) AND NOT (
    who = 'orderwright_system' AND relname IN ('sessions', 'api_keys')
    AND may IN ('SELECT of id', 'SELECT of revocation_noted_at')
) AND NOT (
    who = 'orderwright_system' AND relname = 'sessions' AND may IN (
        'SELECT of organization_id', 'SELECT of created_at', 'SELECT of last_used_at', 'SELECT of revoked_at', 'DELETE'
    )
) AND NOT (
    who = 'orderwright_system' AND relname = 'refresh_tokens'
    AND may IN ('SELECT of organization_id', 'SELECT of session_id', 'DELETE')
) AND NOT (
    who = 'orderwright_system' AND relname = 'orders'
    AND may IN ('SELECT of organization_id', 'SELECT of id', 'SELECT of status', 'SELECT of expires_at')
) AND NOT (
    who = 'orderwright_system' AND relname = 'organizations'
    AND may IN ('SELECT of id', 'SELECT of clock_offset_seconds')
) AND NOT (
    who = 'orderwright_system' AND relname = 'idempotency_keys' AND may IN ('DELETE', 'SELECT of expires_at')
) AND NOT (
    who = 'orderwright_system' AND (relname, may) IN (
        ('organizations', 'SELECT of id'), ('events', 'SELECT of organization_id'), ('events', 'SELECT of id'),
        ('events', 'SELECT of position')
    )
) AND NOT (
    who = 'orderwright_system' AND relname = 'payment_operations'
    AND may IN ('SELECT of organization_id', 'SELECT of order_id', 'SELECT of outcome', 'SELECT of lease_until')
) AND NOT (
    who = 'orderwright_system' AND relname = 'deliveries' AND may IN (
        'SELECT of organization_id', 'SELECT of id', 'SELECT of channel', 'SELECT of endpoint_id', 'SELECT of state',
        'SELECT of due_at', 'SELECT of lease_until'
    )
)
UNION ALL
SELECT format('%s: an event can be born with a place in the feed', who) FROM names
WHERE relname = 'events' AND may IN ('INSERT', 'INSERT of position')
UNION ALL
SELECT format('%s: history can be rewritten', relname) FROM names
WHERE may LIKE 'UPDATE%'
    AND relname IN (
        'events', 'stock_ledger', 'shipment_lines', 'order_returns', 'return_lines', 'refresh_tokens',
        'delivery_attempts'
    )
    AND (relname, may) NOT IN (
        ('events', 'UPDATE of personal'), ('events', 'UPDATE of position'), ('order_returns', 'UPDATE of reason')
    )
UNION ALL
SELECT format('%s can become %s', member::regrole, roleid::regrole) FROM pg_auth_members
WHERE member::regrole::text IN ('orderwright_app', 'orderwright_system', 'orderwright_owner')
UNION ALL
SELECT format('%s has a right that no wall stops', rolname) FROM pg_roles
WHERE rolname IN ('orderwright_app', 'orderwright_system', 'orderwright_owner')
    AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin)
UNION ALL
SELECT format('%s runs with its owner''s rights', oid::regprocedure) FROM pg_proc
WHERE prosecdef AND pronamespace = 'public'::regnamespace
    AND oid IS DISTINCT FROM to_regprocedure('organization_of_slug(text)')
    AND oid NOT IN (SELECT function FROM counting)
UNION ALL
SELECT format('%s may be called by %s', oid::regprocedure,
    CASE acl.grantee WHEN 0 THEN 'everybody' ELSE pg_get_userbyid(acl.grantee) END)
FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) acl
WHERE prosecdef AND pronamespace = 'public'::regnamespace
    AND pg_get_userbyid(acl.grantee) NOT IN ('orderwright_owner', CASE
        WHEN oid IN (SELECT function FROM counting) THEN 'orderwright_system' ELSE 'orderwright_app' END)
UNION ALL
SELECT format('%s can be led astray by a search path', oid::regprocedure) FROM pg_proc
WHERE prosecdef AND pronamespace = 'public'::regnamespace AND NOT coalesce(proconfig, '{}') @> '{"search_path=\\"\\""}'
UNION ALL
SELECT format('%s owns something', refobjid::regrole) FROM pg_shdepend
WHERE deptype = 'o' AND refobjid::regrole::text IN ('orderwright_app', 'orderwright_system')
    AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
UNION ALL
SELECT format('%s may create in %s', role, nspname)
FROM pg_namespace, unnest('{orderwright_app,orderwright_system}'::text[]) role
WHERE nspname !~ '^pg_' AND has_schema_privilege(role, oid, 'CREATE')
UNION ALL
SELECT format('orderwright_app may use %s', nspname) FROM pg_namespace
WHERE nspname = 'jobs' AND has_schema_privilege('orderwright_app', oid, 'USAGE')
"""
