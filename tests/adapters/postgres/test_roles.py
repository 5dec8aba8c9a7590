"""The roles behind a login: made by who may make them, asked for from an administrator by who may not."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.postgres import TenantPool
from adapters.postgres.founding import found_database
from adapters.postgres.migrating import migrate_up
from adapters.postgres.roles import ROLES, RolesMissing, provision, provisioning
from adapters.postgres.start_check import check_wall
from tests.adapters.postgres.shop import until_waiting
from tests.postgres import Database, Server


@pytest.fixture
async def bare(server: Server, database: Database) -> AsyncIterator[Database]:
    """An empty database that nobody has provisioned."""
    own = Database(server, f"{database.name}_bare")
    admin = await asyncpg.connect(server.as_superuser())
    await admin.execute(f'CREATE DATABASE "{own.name}"')
    yield own
    await admin.execute(f'DROP DATABASE "{own.name}" WITH (FORCE)')
    await admin.close()


@pytest.fixture
async def stranger(server: Server, bare: Database) -> AsyncIterator[str]:
    """A login, with a name that wants quoting, that may do nothing but connect."""
    name = f'str"anger {bare.name}'
    quoted = '"' + name.replace('"', '""') + '"'
    admin = await asyncpg.connect(server.as_superuser())
    await admin.execute(f"CREATE ROLE {quoted} LOGIN")
    yield name
    await admin.execute(f"DROP ROLE {quoted}")
    await admin.close()


async def roles_of(connection: asyncpg.Connection, login: str) -> dict[str, tuple[bool, bool]]:
    """Which roles the login may set, and whether it inherits from them."""
    rows = await connection.fetch(
        "SELECT r.rolname, bool_or(m.set_option) AS may_set, bool_or(m.inherit_option) AS inherits"
        " FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles l ON l.oid = m.member"
        " WHERE l.rolname = $1 GROUP BY 1",
        login,
    )
    return {row["rolname"]: (row["may_set"], row["inherits"]) for row in rows}


async def test_a_login_without_rights_is_told_what_an_administrator_runs(bare: Database, stranger: str) -> None:
    dsn = bare.server.embedded.dsn(stranger, bare.name)
    with pytest.raises(RolesMissing) as missing:
        await migrate_up(dsn)
    wanted = [line.strip() for line in str(missing.value).splitlines()[1:]]
    assert wanted == [f"{line};" for line in provisioning(stranger)]

    admin = await asyncpg.connect(bare.superuser)
    for line in wanted:
        await admin.execute(line)
    assert await roles_of(admin, stranger) == dict.fromkeys(ROLES, (True, False))
    await migrate_up(dsn)
    pool = TenantPool.to(dsn, size=1)
    await check_wall(pool)
    await pool.close()
    await admin.close()


async def test_a_login_with_half_its_roles_is_told_so(bare: Database, stranger: str) -> None:
    admin = await asyncpg.connect(bare.superuser)
    for line in provisioning(stranger)[:-2]:  # all but the schema
        await admin.execute(line)
    await admin.close()
    with pytest.raises(RolesMissing):
        await migrate_up(bare.server.embedded.dsn(stranger, bare.name))


async def test_provisioning_twice_is_harmless(bare: Database, stranger: str) -> None:
    admin = await asyncpg.connect(bare.superuser)
    for _ in range(2):
        await provision(admin, stranger)
        for line in provisioning(stranger):
            await admin.execute(line)
    assert await roles_of(admin, stranger) == dict.fromkeys(ROLES, (True, False))
    await admin.close()


async def test_who_provisions_at_the_same_time_waits_for_its_turn(
    bare: Database, stranger: str, behind: asyncpg.Connection
) -> None:
    first, second = [await asyncpg.connect(bare.superuser) for _ in range(2)]
    for line in provisioning(stranger)[:-2]:  # all but the schema, on which two grants collide
        await first.execute(line)
    unfinished = first.transaction()
    await unfinished.start()
    await provision(first, stranger)
    waiting = asyncio.create_task(provision(second, stranger))
    await until_waiting(behind, second.get_server_pid())
    await unfinished.commit()
    await waiting
    assert await roles_of(second, stranger) == dict.fromkeys(ROLES, (True, False))
    for connection in (first, second):
        await connection.close()


async def test_no_role_can_log_in_or_goes_round_the_wall(behind: asyncpg.Connection) -> None:
    rights = await behind.fetch(
        "SELECT rolname, rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS any"
        " FROM pg_roles WHERE rolname = ANY($1::text[])",
        ROLES,
    )
    assert dict(rights) == dict.fromkeys(ROLES, False)


async def test_the_login_inherits_nothing(behind: asyncpg.Connection) -> None:
    assert await roles_of(behind, "orderwright") == dict.fromkeys(ROLES, (True, False))


# On a server on which nobody has made the roles yet


@pytest.fixture(scope="module")
def other_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres.start(tmp_path_factory.mktemp("other"), durable=False) as server:
        yield server


@pytest.fixture
async def untouched(other_server: EmbeddedPostgres) -> AsyncIterator[EmbeddedPostgres]:
    yield other_server
    admin = await asyncpg.connect(other_server.dsn())
    for (name,) in await admin.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'house%'"):
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    for (name,) in await admin.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname !~ '^(pg_|postgres$)' ORDER BY 1 DESC"
    ):
        await admin.execute(f"DROP ROLE {name}")
    await admin.close()


async def test_whoever_may_create_roles_needs_no_administrator(untouched: EmbeddedPostgres) -> None:
    admin = await asyncpg.connect(untouched.dsn())
    await admin.execute("CREATE ROLE host LOGIN CREATEROLE")
    await admin.execute("CREATE DATABASE house OWNER host")
    await migrate_up(untouched.dsn("host", "house"))
    assert await roles_of(admin, "host") == dict.fromkeys(ROLES, (True, False))
    pool = TenantPool.to(untouched.dsn("host", "house"), size=1)
    await check_wall(pool)
    await pool.close()
    await admin.close()


async def test_whoever_may_not_open_the_schema_is_told_so_and_leaves_nothing_behind(
    untouched: EmbeddedPostgres,
) -> None:
    admin = await asyncpg.connect(untouched.dsn())
    await admin.execute("CREATE ROLE guest LOGIN CREATEROLE")
    await admin.execute("CREATE DATABASE house")
    with pytest.raises(RolesMissing):  # GRANT itself only warns
        await migrate_up(untouched.dsn("guest", "house"))
    assert await admin.fetch("SELECT FROM pg_roles WHERE rolname = ANY($1::text[])", ROLES) == []
    await admin.close()


async def test_many_who_found_databases_at_once_all_succeed(untouched: EmbeddedPostgres) -> None:
    houses = [f"house{number % 2}" for number in range(8)]

    async def found(house: str) -> None:
        await found_database(untouched.dsn(), untouched.dsn(database=house), house)

    await asyncio.gather(*(found(house) for house in houses))
    for house in houses[:2]:
        await migrate_up(untouched.dsn("orderwright", house))
        pool = TenantPool.to(untouched.dsn("orderwright", house), size=1)
        await check_wall(pool)
        await pool.close()
