"""The tenant wall as PostgreSQL's catalogue shows it, and every kind of hole planted once to see it found."""

import asyncpg
import pytest

from tests.adapters.postgres.catalogue import violations
from tests.adapters.postgres.shop import Shop

HOLES = {
    "row security is off": "ALTER TABLE orders DISABLE ROW LEVEL SECURITY",
    "row security is not forced": "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY",
    "the policy tenant is missing": "DROP POLICY tenant ON events",
    "the policy open is not on the list": "CREATE POLICY open ON orders TO orderwright_app USING (true)",
    "the policy all is not on the list": 'CREATE POLICY "all" ON orders USING (true)',
    "the policy tenant is not on the list": "ALTER POLICY tenant ON orders TO PUBLIC",
    "the policy slugs is not on the list": "ALTER POLICY slugs ON organizations TO orderwright_app",
    "orders: the policy tenant": "ALTER POLICY tenant ON orders USING (id = current_setting('app.organization')::uuid)",
    "customers: the policy tenant": "ALTER POLICY tenant ON customers WITH CHECK (true)",
    "sessions: the policy revoked is not on the list": "ALTER POLICY revoked ON sessions USING (true)",
    "api_keys: the policy revoked is not on the list": "ALTER POLICY revoked ON api_keys TO PUBLIC",
    "sessions: the policy revoked is missing": "DROP POLICY revoked ON sessions",
    "refresh_tokens: the policy revoked is not on the list": (
        "CREATE POLICY revoked ON refresh_tokens FOR SELECT TO orderwright_system USING (sealed IS NOT NULL)"
    ),
    "the key notes_pkey does not begin": "CREATE TABLE notes (organization_id uuid, id uuid PRIMARY KEY)",
    "the key orders_number does not begin": "CREATE UNIQUE INDEX orders_number ON orders (number, organization_id)",
    "the key mailboxes does not begin": "CREATE UNIQUE INDEX mailboxes ON members (mailbox) WHERE false",
    "the foreign key a_line can leave": (
        "ALTER TABLE order_lines ADD UNIQUE (id); "
        "ALTER TABLE return_lines ADD CONSTRAINT a_line FOREIGN KEY (line_id) REFERENCES order_lines (id)"
    ),
    "the foreign key crossed can leave": (
        "ALTER TABLE customers ADD CONSTRAINT ids UNIQUE (id, organization_id);"
        " ALTER TABLE orders ADD CONSTRAINT crossed"
        " FOREIGN KEY (customer_id, organization_id) REFERENCES customers (id, organization_id)"
    ),
    "settings: a table of nobody's": "CREATE TABLE settings (name text)",
    "totals: a table of nobody's": "CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM orders",
    "sales: a view that sees with its owner's eyes": "CREATE VIEW sales AS SELECT * FROM orders",
    "orderwright_app may TRUNCATE": "GRANT TRUNCATE ON orders TO orderwright_app",
    "orderwright_app may DELETE": "GRANT DELETE ON orders TO orderwright_app",
    "attempts: orderwright_app may TRUNCATE": "GRANT TRUNCATE ON attempts TO orderwright_app",
    "attempts: orderwright_system may DELETE": "GRANT DELETE ON attempts TO orderwright_system",
    "orderwright_app may REFERENCES": "GRANT REFERENCES ON orders TO orderwright_app",
    "orderwright_system may SELECT": "GRANT SELECT ON orders TO orderwright_system",
    "orderwright_system may SELECT of total": "GRANT SELECT (total) ON orders TO orderwright_system",
    "sessions: orderwright_system may SELECT of user_agent": (
        "GRANT SELECT (user_agent) ON sessions TO orderwright_system"
    ),
    "sessions: orderwright_system may UPDATE of id": "GRANT UPDATE (id) ON sessions TO orderwright_system",
    "api_keys: orderwright_system may SELECT": "GRANT SELECT ON api_keys TO orderwright_system",
    "sessions: the policy ended_delete is not on the list": "ALTER POLICY ended_delete ON sessions USING (true)",
    "refresh_tokens: the policy ended_select is missing": "DROP POLICY ended_select ON refresh_tokens",
    "refresh_tokens: orderwright_system may SELECT of secret_hash": (
        "GRANT SELECT (secret_hash) ON refresh_tokens TO orderwright_system"
    ),
    "orderwright_app may use jobs": "GRANT USAGE ON SCHEMA jobs TO orderwright_app",
    "orders: the policy due is not on the list": "ALTER POLICY due ON orders USING (status = 'pending')",
    "orders: orderwright_system may SELECT of customer_id": (
        "GRANT SELECT (customer_id) ON orders TO orderwright_system"
    ),
    "organizations: orderwright_system may SELECT of name": (
        "GRANT SELECT (name) ON organizations TO orderwright_system"
    ),
    "idempotency_keys: the policy expired_delete is not on the list": (
        "ALTER POLICY expired_delete ON idempotency_keys USING (true)"
    ),
    "idempotency_keys: the policy expired_select is missing": "DROP POLICY expired_select ON idempotency_keys",
    "idempotency_keys: orderwright_system may SELECT of body": (
        "GRANT SELECT (body) ON idempotency_keys TO orderwright_system"
    ),
    "idempotency_keys: orderwright_app may DELETE": "GRANT DELETE ON idempotency_keys TO orderwright_app",
    "refresh_tokens: orderwright_system may SELECT of id": "GRANT SELECT (id) ON refresh_tokens TO orderwright_system",
    "deliveries: the policy due is not on the list": "ALTER POLICY due ON deliveries USING (state = 'pending')",
    "deliveries: orderwright_system may SELECT of subject_id": (
        "GRANT SELECT (subject_id) ON deliveries TO orderwright_system"
    ),
    "events: orderwright_system may SELECT of type": "GRANT SELECT (type) ON events TO orderwright_system",
    "an event can be born with a place": "GRANT INSERT (position) ON events TO orderwright_app",
    "everybody may SELECT": "GRANT SELECT ON orders TO PUBLIC",
    "alembic_version: orderwright_app may": "GRANT UPDATE ON alembic_version TO orderwright_app",
    "events: history can be rewritten": "GRANT UPDATE ON events TO orderwright_app",
    "stock_ledger: history can be rewritten": "GRANT UPDATE (on_hand) ON stock_ledger TO orderwright_app",
    "shipment_lines: history can be rewritten": "GRANT UPDATE ON shipment_lines TO orderwright_app",
    "order_returns: history can be rewritten": "GRANT UPDATE ON order_returns TO orderwright_app",
    "return_lines: history can be rewritten": "GRANT UPDATE ON return_lines TO orderwright_app",
    "refresh_tokens: history can be rewritten": "GRANT UPDATE ON refresh_tokens TO orderwright_app",
    "delivery_attempts: history can be rewritten": "GRANT UPDATE (outcome) ON delivery_attempts TO orderwright_app",
    "orderwright_app can become orderwright_owner": "GRANT orderwright_owner TO orderwright_app",
    "orderwright_app has a right": "ALTER ROLE orderwright_app BYPASSRLS",
    "orderwright_owner has a right": "ALTER ROLE orderwright_owner LOGIN",
    "peek() runs with its owner's rights": (
        "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = ''"
        " AS 'SELECT count(*) FROM public.orders'"
    ),
    "tell_revocation() runs with its owner's rights": "ALTER FUNCTION tell_revocation() SECURITY DEFINER",
    "organization_of_slug(text) may be called by everybody": "GRANT EXECUTE ON FUNCTION organization_of_slug TO PUBLIC",
    "organization_of_slug(text) can be led astray": "ALTER FUNCTION organization_of_slug RESET search_path",
    "figures() may be called by orderwright_app": "GRANT EXECUTE ON FUNCTION figures TO orderwright_app",
    "orders: the policy figures is not on the list": "ALTER POLICY figures ON orders TO orderwright_system",
    "orderwright_app owns something": "ALTER TABLE orders OWNER TO orderwright_app",
    "orderwright_system owns something": "CREATE SCHEMA mine AUTHORIZATION orderwright_system",
    "orderwright_app may create in public": "GRANT CREATE ON SCHEMA public TO orderwright_app",
}


async def test_the_migrated_schema_has_no_hole(behind: asyncpg.Connection) -> None:
    assert await violations(behind) == []


@pytest.mark.parametrize("hole", HOLES)
async def test_a_hole_is_found(behind: asyncpg.Connection, hole: str) -> None:
    planting = behind.transaction()
    await planting.start()
    try:
        await behind.execute(HOLES[hole])
        found = await violations(behind)
    finally:
        await planting.rollback()
    assert any(hole in violation for violation in found), found


async def test_every_table_of_the_design_is_behind_the_wall(behind: asyncpg.Connection) -> None:
    walled = await behind.fetch("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity ORDER BY 1")
    assert [name for (name,) in walled] == sorted(
        "organizations customers members products orders order_lines shipments shipment_lines order_returns"
        " return_lines payments payment_operations stock_ledger events sessions refresh_tokens api_keys"
        " idempotency_keys webhook_endpoints deliveries delivery_attempts".split()
    )


async def test_no_column_has_a_type_whose_equality_reaches_no_index_behind_the_wall(
    behind: asyncpg.Connection,
) -> None:
    """States are text: `=` on an enum, on numeric or on jsonb is not leakproof."""
    found = await behind.fetch(
        "SELECT DISTINCT o.oprleft::regtype::text FROM pg_index i"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
        " JOIN pg_class c ON c.oid = i.indrelid AND c.relrowsecurity"
        " JOIN pg_operator o ON (o.oprname, o.oprleft, o.oprright) = ('=', a.atttypid, a.atttypid)"
        " JOIN pg_proc p ON p.oid = o.oprcode WHERE NOT p.proleakproof"
    )
    assert found == []
    enums = "SELECT FROM pg_type WHERE typtype = 'e' AND typnamespace = 'public'::regnamespace"
    assert await behind.fetch(enums) == []


async def test_a_slug_is_found_only_because_the_owner_has_a_policy_of_its_own(
    behind: asyncpg.Connection, shop: Shop
) -> None:
    """FORCE binds the function's owner, too."""
    find = "SELECT organization_of_slug($1)"
    planting = behind.transaction()
    await planting.start()
    try:
        assert await behind.fetchval(find, shop.slug) == shop.organization
        await behind.execute("DROP POLICY slugs ON organizations")
        assert await behind.fetchval(find, shop.slug) is None
    finally:
        await planting.rollback()
