"""The whole app on PostgreSQL, two organizations, and as many walls between them as the run leaves."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from dishka import AsyncContainer, Provider, Scope
from litestar import Litestar
from litestar.testing import AsyncTestClient

from adapters.postgres import TenantPool
from adapters.postgres.start_check import check_wall
from application.identity.ports import Passwords
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.keys import make_keys
from entrypoints.settings import Settings
from tests.http.house import PUBLIC_URL, PlainPasswords
from tests.limits import RAISED
from tests.postgres import Database, database, server
from tests.tenants.street import Street, house_called, live_ahead
from tests.walls import RightReason, put_row_security_back, take_row_security_away

__all__ = ["database", "server"]


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--without-wall"):
        config.pluginmanager.register(RightReason())


@pytest.fixture(scope="session")
def without_wall(request: pytest.FixtureRequest) -> list[str]:
    chosen: list[str] = request.config.getoption("--without-wall")
    return chosen


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, database: Database) -> Settings:
    files = {f"{name}_FILE": str(file) for name, file in make_keys(tmp_path_factory.mktemp("keys")).items()}
    said = {"DATABASE_URL": database.dsn, "ORDERWRIGHT_PUBLIC_URL": PUBLIC_URL, "ORDERWRIGHT_SIGNUP": "open"}
    return Settings.read({**RAISED, **files, **said})


@pytest.fixture(scope="session")
def container(settings: Settings) -> AsyncContainer:
    quick = Provider(scope=Scope.APP)
    quick.provide(PlainPasswords, provides=Passwords, override=True)
    return container_of(settings, quick)


@pytest.fixture(scope="session")
async def street(
    container: AsyncContainer, settings: Settings, database: Database, behind: asyncpg.Connection
) -> AsyncIterator[Street]:
    """The app starts, and everything is made, with the second wall up; then it goes, if it is to go."""
    await put_row_security_back(database.superuser)
    pool = TenantPool.to(settings.database_url or "", size=1)
    await check_wall(pool)
    await pool.close()
    app: Litestar = create_app(container, settings)
    async with AsyncTestClient(app, base_url="http://testserver.local", raise_server_exceptions=False) as client:
        theirs = await house_called("their-house", client, container)
        await live_ahead(theirs, behind)  # before there is another: of two rows, the older one is found first
        ours = await house_called("our-house", client, container)
        street = Street(app, client, behind, ours, theirs)
        await street.furnish()
        for house in (ours, theirs):  # which relays what has happened
            assert (await house.post("/v1/sandbox/clock/advance", {"seconds": 1})).status_code == 200
        yield street


@pytest.fixture(scope="session")
async def behind(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A superuser: no wall stands before it."""
    connection = await asyncpg.connect(database.superuser)
    yield connection
    await connection.close()


@pytest.fixture(scope="session", autouse=True)
async def second_wall(street: Street, database: Database, without_wall: list[str]) -> None:
    if "2" in without_wall:
        await take_row_security_away(database.superuser)
