"""The tenant wall as PostgreSQL's catalogue shows it, and every kind of hole planted once to see it found."""

import asyncpg
import pytest

from tests.adapters.postgres.catalogue import violations

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
    "orderwright_app may REFERENCES": "GRANT REFERENCES ON orders TO orderwright_app",
    "orderwright_system may SELECT": "GRANT SELECT ON orders TO orderwright_system",
    "orderwright_system may SELECT of total": "GRANT SELECT (total) ON orders TO orderwright_system",
    "everybody may SELECT": "GRANT SELECT ON orders TO PUBLIC",
    "alembic_version: orderwright_app may": "GRANT UPDATE ON alembic_version TO orderwright_app",
    "events: history can be rewritten": "GRANT UPDATE ON events TO orderwright_app",
    "stock_ledger: history can be rewritten": "GRANT UPDATE (on_hand) ON stock_ledger TO orderwright_app",
    "shipment_lines: history can be rewritten": "GRANT UPDATE ON shipment_lines TO orderwright_app",
    "order_returns: history can be rewritten": "GRANT UPDATE ON order_returns TO orderwright_app",
    "return_lines: history can be rewritten": "GRANT UPDATE ON return_lines TO orderwright_app",
    "orderwright_app can become orderwright_owner": "GRANT orderwright_owner TO orderwright_app",
    "orderwright_app has a right": "ALTER ROLE orderwright_app BYPASSRLS",
    "orderwright_owner has a right": "ALTER ROLE orderwright_owner LOGIN",
    "peek() runs with its owner's rights": (
        "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = ''"
        " AS 'SELECT count(*) FROM public.orders'"
    ),
    "organization_of_slug(text) may be called by everybody": "GRANT EXECUTE ON FUNCTION organization_of_slug TO PUBLIC",
    "organization_of_slug(text) can be led astray": "ALTER FUNCTION organization_of_slug RESET search_path",
    "orderwright_app owns something": "ALTER TABLE orders OWNER TO orderwright_app",
    "orderwright_system owns something": "CREATE SCHEMA jobs AUTHORIZATION orderwright_system",
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
        " return_lines stock_ledger events".split()
    )
