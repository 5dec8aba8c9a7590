"""The tenant wall at work: raw SQL, without any filter, as the role that serves."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres import PostgresCredentials, TenantPool
from adapters.postgres.start_check import WallMissing, check_wall
from adapters.postgres.tenant_connection import SERVER_SETTINGS, TenantConnection
from adapters.records.schema import metadata, tenant_column
from adapters.records.tables import WALLED
from adapters.system import new_id
from domain.ids import ProductId
from domain.ordering.order import Order
from tests.adapters.postgres.shop import Shop
from tests.books import mark
from tests.postgres import Database

TABLES: Final = sorted(WALLED)
CHANGEABLE: Final = (
    "organizations",
    "customers",
    "members",
    "products",
    "orders",
    "order_lines",
    "shipments",
    "sessions",
    "api_keys",
    "idempotency_keys",
    "webhook_endpoints",
    "deliveries",
)
HISTORY: Final = ("events", "stock_ledger", "shipment_lines", "order_returns", "return_lines", "refresh_tokens",
                  "delivery_attempts")  # fmt: skip


@dataclass(frozen=True)
class Neighbours:
    """Two organizations with a row in every table each."""

    ours: Shop
    theirs: Shop
    our_product: ProductId
    their_product: ProductId
    our_order: Order
    their_order: Order


@pytest.fixture(scope="module")
async def neighbours(database: Database) -> AsyncIterator[Neighbours]:
    pool = TenantPool.to(database.dsn, size=2)

    async def filled(shop: Shop) -> tuple[ProductId, Order]:
        await shop.identify()
        (product,) = await shop.products(50)
        order = await shop.place((product, 2))
        return product, await shop.send_back(await shop.ship(await shop.confirm(order)))

    ours, theirs = await Shop.open(pool), await Shop.open(pool)
    mark(ours.organization)  # what goes wrong here, a transaction takes back; what goes right, changes rows as it likes
    mark(theirs.organization)
    (ours_, our_order), (theirs_, their_order) = await filled(ours), await filled(theirs)
    yield Neighbours(ours, theirs, ours_, theirs_, our_order, their_order)
    await pool.close()


@pytest.fixture
async def app(database: Database, neighbours: Neighbours) -> AsyncIterator[TenantConnection]:
    """The role that serves, serving us."""
    connection = await connect(database.dsn)
    await connection.serve(neighbours.ours.organization)
    yield connection
    connection.terminate()


async def connect(dsn: str, **settings: str) -> TenantConnection:
    server_settings = {name: value for name, value in {**SERVER_SETTINGS, **settings}.items() if value}
    connection: TenantConnection = await asyncpg.connect(
        dsn, connection_class=TenantConnection, server_settings=server_settings
    )
    return connection


@pytest.mark.parametrize("table", TABLES)
async def test_a_select_without_a_filter_sees_our_rows_only(
    app: TenantConnection, behind: asyncpg.Connection, neighbours: Neighbours, table: str
) -> None:
    column = tenant_column(table)
    everybody = {row[0] for row in await behind.fetch(f"SELECT DISTINCT {column} FROM {table}")}
    assert {neighbours.ours.organization, neighbours.theirs.organization} <= everybody
    seen = {row[0] for row in await app.fetch(f"SELECT {column} FROM {table}")}
    assert seen == {neighbours.ours.organization}
    count = "SELECT count(*) FROM {} WHERE {} = $1"
    assert await app.fetchval(f"SELECT count(*) FROM {table}") == await behind.fetchval(
        count.format(table, column), neighbours.ours.organization
    )


@pytest.mark.parametrize("table", TABLES)
async def test_asking_for_their_rows_by_name_finds_nothing(
    app: TenantConnection, neighbours: Neighbours, table: str
) -> None:
    theirs = f"SELECT * FROM {table} WHERE {tenant_column(table)} = $1"
    assert await app.fetch(theirs, neighbours.theirs.organization) == []


@pytest.mark.parametrize("table", CHANGEABLE)
async def test_an_update_without_a_filter_changes_our_rows_only(
    app: TenantConnection, behind: asyncpg.Connection, neighbours: Neighbours, table: str
) -> None:
    column = tenant_column(table)
    stamp = f"SELECT array_agg(xmin::text ORDER BY ctid) FROM {table} WHERE {column} <> $1"
    before = await behind.fetchval(stamp, neighbours.ours.organization)
    done = await app.execute(f"UPDATE {table} SET {column} = {column}")
    ours = await behind.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = $1", neighbours.ours.organization)
    assert done == f"UPDATE {ours}"
    assert await behind.fetchval(stamp, neighbours.ours.organization) == before
    theirs = f"UPDATE {table} SET {column} = {column} WHERE {column} = $1"
    assert await app.execute(theirs, neighbours.theirs.organization) == "UPDATE 0"


@pytest.mark.parametrize("table", CHANGEABLE)
async def test_no_row_of_ours_can_be_given_to_them(app: TenantConnection, neighbours: Neighbours, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await app.execute(f"UPDATE {table} SET {tenant_column(table)} = $1", neighbours.theirs.organization)


@pytest.mark.parametrize("table", TABLES)
async def test_no_row_can_be_put_among_theirs(
    app: TenantConnection, behind: asyncpg.Connection, neighbours: Neighbours, table: str
) -> None:
    columns = [column.name for column in metadata.tables[table].c if (table, column.name) != ("events", "position")]
    own = await app.fetchrow(f"SELECT * FROM {table} LIMIT 1")
    assert own is not None
    row = {**own, tenant_column(table): neighbours.theirs.organization}
    if table == "orders":
        row["status"] = "pending"  # or the lifecycle would speak first
    places = ", ".join(f"${place + 1}" for place in range(len(columns)))
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await app.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", *(row[c] for c in columns))


@pytest.mark.parametrize("table", TABLES)
async def test_nothing_is_ever_deleted(app: TenantConnection, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await app.execute(statement)


@pytest.mark.parametrize("table", HISTORY)
async def test_history_is_never_rewritten(app: TenantConnection, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        await app.execute(f"UPDATE {table} SET organization_id = organization_id")


@pytest.mark.parametrize("table", TABLES)
async def test_without_an_organization_there_is_an_error_and_not_an_empty_page(
    database: Database, neighbours: Neighbours, table: str
) -> None:
    connection = await connect(database.dsn)
    with pytest.raises(asyncpg.UndefinedObjectError, match=r"app\.organization"):
        await connection.fetch(f"SELECT * FROM {table}")
    await connection.close()


async def test_copy_is_refused_however_harmless_the_rows(app: TenantConnection, neighbours: Neighbours) -> None:
    columns = ["organization_id", "id", "customer_id"]
    row = (neighbours.ours.organization, new_id(), neighbours.ours.customer)
    with pytest.raises(asyncpg.FeatureNotSupportedError, match="COPY FROM not supported with row-level security"):
        await app.copy_records_to_table("orders", records=[row], columns=columns)


async def test_an_organization_set_for_one_transaction_only_is_not_there_for_the_next(
    app: TenantConnection, neighbours: Neighbours
) -> None:
    """Two ways that look right: each goes on serving whoever was served before."""
    theirs = str(neighbours.theirs.organization)
    await app.fetchval("SELECT set_config('app.organization', $1, true)", theirs)
    who = "SELECT current_setting('app.organization')"
    assert await app.fetchval(who) == str(neighbours.ours.organization)
    rolled_back = app.transaction()
    await rolled_back.start()
    await app.fetchval("SELECT set_config('app.organization', $1, false)", theirs)
    await rolled_back.rollback()
    assert await app.fetchval(who) == str(neighbours.ours.organization)


async def test_a_reset_organization_is_an_error_too(app: TenantConnection) -> None:
    await app.execute("RESET ALL")
    with pytest.raises(asyncpg.PostgresError, match=r"app\.organization|uuid"):
        await app.fetch("SELECT * FROM orders")


async def test_their_product_and_an_unknown_one_are_refused_alike(
    app: TenantConnection, neighbours: Neighbours
) -> None:
    sql = "UPDATE order_lines SET product_id = $1"
    said = []
    for product in (neighbours.their_product, new_id()):
        with pytest.raises(asyncpg.ForeignKeyViolationError) as refused:
            await app.execute(sql, product)
        said.append((refused.value.constraint_name, refused.value.sqlstate))
    assert said[0] == said[1]


async def test_their_ids_e_mail_addresses_skus_and_numbers_are_free_for_us(
    app: TenantConnection, behind: asyncpg.Connection, neighbours: Neighbours
) -> None:
    for table in ("customers", "products", "orders"):
        theirs = await behind.fetchrow(
            f"SELECT * FROM {table} WHERE organization_id = $1", neighbours.theirs.organization
        )
        own = {**theirs, "organization_id": neighbours.ours.organization}
        if table == "customers":
            own["mailbox"] = f"{new_id().hex}@x.example"
        if table == "orders":
            own |= {"customer_id": neighbours.ours.customer, "status": "pending"}
        names = ", ".join(own)
        places = ", ".join(f"${place + 1}" for place in range(len(own)))
        assert await app.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *own.values()) == "INSERT 0 1"


async def test_a_slug_is_found_before_any_organization_is_known(database: Database, neighbours: Neighbours) -> None:
    connection = await connect(database.dsn)
    find = "SELECT organization_of_slug($1)"
    assert await connection.fetchval(find, neighbours.theirs.slug) == neighbours.theirs.organization
    assert await connection.fetchval(find, neighbours.theirs.slug[:-1]) is None
    assert await connection.fetchval(find, neighbours.theirs.slug.upper()) is None
    assert await connection.fetchval(find, "%") is None
    await connection.close()


async def test_a_login_reads_its_own_member_whomever_the_connection_served(neighbours: Neighbours) -> None:
    credentials = PostgresCredentials(neighbours.ours.pool)
    for shop in (neighbours.ours, neighbours.theirs, neighbours.ours):
        found = await credentials.find(shop.slug, "OWNER@example.com")
        assert found is not None
        assert found.organization == shop.organization
    assert await credentials.find(neighbours.ours.slug, "nobody@example.com") is None
    assert await credentials.find("no-such-slug", "owner@example.com") is None


@pytest.mark.parametrize("forgetting", ["RESET ALL", "RESET ROLE", "DISCARD ALL"])
async def test_role_and_timeouts_come_with_the_connection_and_cannot_be_forgotten(
    database: Database, forgetting: str
) -> None:
    connection = await connect(database.dsn)
    await connection.execute(forgetting)
    kept = {name: await connection.fetchval(f"SHOW {name}") for name in SERVER_SETTINGS}
    assert kept == SERVER_SETTINGS
    assert await connection.fetchval("SELECT current_user::text") == "orderwright_app"
    assert kept["statement_timeout"] == "3s"
    assert kept["lock_timeout"] == "1s"
    await connection.close()


async def test_the_pool_opens_its_connections_like_that(pool: TenantPool) -> None:
    async with pool.connection() as connection:
        assert {name: await connection.fetchval(f"SHOW {name}") for name in SERVER_SETTINGS} == SERVER_SETTINGS


async def test_a_connection_without_the_role_is_denied_everything(database: Database, neighbours: Neighbours) -> None:
    connection = await connect(database.dsn, role="")
    await connection.serve(neighbours.ours.organization)
    for table in TABLES:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT * FROM {table}")
    await connection.close()


async def test_even_a_superuser_is_under_the_wall_when_it_serves(database: Database, neighbours: Neighbours) -> None:
    connection = await connect(database.superuser)
    await connection.serve(neighbours.ours.organization)
    seen = {row[0] for row in await connection.fetch("SELECT organization_id FROM orders")}
    assert seen == {neighbours.ours.organization}
    await connection.close()


# The check before serving


async def gaps(connect: Callable[[], Awaitable[TenantConnection]]) -> str:
    pool = TenantPool(connect, size=1)
    try:
        with pytest.raises(WallMissing) as missing:
            await check_wall(pool)
    finally:
        await pool.close()
    return str(missing.value)


async def test_the_plain_login_may_serve(pool: TenantPool) -> None:
    await check_wall(pool)


async def test_a_superuser_login_may_serve_since_it_takes_the_role(database: Database) -> None:
    pool = TenantPool.to(database.superuser, size=1)
    await check_wall(pool)
    await pool.close()


async def test_a_superuser_without_the_role_may_not(database: Database) -> None:
    said = await gaps(lambda: connect(database.superuser, role=""))
    assert "postgres is a superuser" in said
    assert "row security does not hold on orders" in said


async def test_the_owner_may_not(database: Database) -> None:
    assert "orderwright_owner owns the table orders" in await gaps(
        lambda: connect(database.dsn, role="orderwright_owner")
    )


async def test_a_role_that_bypasses_row_security_may_not(own_database: Database) -> None:
    name = f"bypass_{own_database.name}"
    admin = await asyncpg.connect(own_database.superuser)
    await admin.execute(f"CREATE ROLE {name} BYPASSRLS; GRANT {name} TO orderwright WITH SET TRUE, INHERIT FALSE")
    try:
        said = await gaps(lambda: connect(own_database.dsn, role=name))
    finally:
        await admin.execute(f"DROP ROLE {name}")
        await admin.close()
    assert f"{name} has BYPASSRLS" in said


@pytest.mark.parametrize(
    ("planted", "gap"),
    [
        ("ALTER TABLE stock_ledger DISABLE ROW LEVEL SECURITY", "row security does not hold on stock_ledger"),
        ("ALTER TABLE organizations DISABLE ROW LEVEL SECURITY", "row security does not hold on organizations"),
        ("CREATE TABLE notes (organization_id uuid)", "row security does not hold on notes"),
        ("ALTER TABLE orders OWNER TO orderwright_app", "orderwright_app owns the table orders"),
        (
            "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC",
            "the schema is missing",
        ),
    ],
)
async def test_nobody_may_when_the_wall_has_a_hole(own_database: Database, planted: str, gap: str) -> None:
    admin = await asyncpg.connect(own_database.superuser)
    await admin.execute(planted)
    await admin.close()
    said = await gaps(lambda: connect(own_database.dsn))
    assert gap in said
    assert "migrate up" in said


async def test_nobody_may_behind_a_transaction_pooler(database: Database) -> None:
    class Pooled(TenantConnection):
        """What the driver was told at the start is another backend's."""

        def get_server_pid(self) -> int:
            return -1

    async def open_one() -> Any:
        return await asyncpg.connect(database.dsn, connection_class=Pooled, server_settings=SERVER_SETTINGS)

    assert "pooler" in await gaps(open_one)


async def test_an_organization_is_only_ever_a_uuid(app: TenantConnection) -> None:
    assert UUID(await app.fetchval("SELECT current_setting('app.organization')"))
