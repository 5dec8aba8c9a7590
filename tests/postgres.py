"""One embedded server for the whole run, and a fresh migrated database for every worker that asks."""

import asyncio
import fcntl
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.postgres.founding import LOGIN, found_database
from adapters.postgres.migrating import migrate_up
from tests.books import check_database
from tests.walls import take_row_security_away

TEMPLATE = "orderwright_template"

_databases = count(1)


@dataclass(frozen=True, slots=True)
class Server:
    """The server of this run; superusers look behind the wall, `LOGIN` is who the service is."""

    embedded: EmbeddedPostgres

    def as_superuser(self, database: str = "postgres") -> str:
        return self.embedded.dsn("postgres", database)

    def as_login(self, database: str) -> str:
        return self.embedded.dsn(LOGIN, database)

    async def create(self, name: str, *, template: str | None = None) -> None:
        """Make a database: a copy of `template`, or an empty one in which the login has its roles."""
        connection = await asyncpg.connect(self.as_superuser())
        try:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            if template:
                await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        finally:
            await connection.close()
        if not template:
            await found_database(self.as_superuser(), self.as_superuser(name), name)


@dataclass(frozen=True, slots=True)
class Database:
    """A migrated database. `dsn` is the service's own, `superuser` looks behind the wall."""

    server: Server
    name: str

    @property
    def dsn(self) -> str:
        return self.server.as_login(self.name)

    @property
    def superuser(self) -> str:
        return self.server.as_superuser(self.name)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Workers share one server: it lies beside their own temporary directories."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with EmbeddedPostgres.start(shared / "embedded-postgres", durable=False) as embedded:
        running = Server(embedded)
        _once(shared / "template", lambda: asyncio.run(_template(running)))
        yield running


@pytest.fixture(scope="session")
def database(server: Server, pytestconfig: pytest.Config) -> Iterator[Database]:
    """A database of this worker's own, for each room that asks for one: rooms take turns within a run. At the end of
    its life all that it holds is checked.
    """
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{next(_databases)}"
    asyncio.run(server.create(name, template=TEMPLATE))
    if "2" in pytestconfig.getoption("--without-wall"):
        asyncio.run(take_row_security_away(server.as_superuser(name)))
    own = Database(server, name)
    yield own
    if not pytestconfig.getoption("--without-wall"):
        check_database(own.dsn)


async def _template(server: Server) -> None:
    await server.create(TEMPLATE)
    await migrate_up(server.as_login(TEMPLATE))


def _once(mark: Path, make: Callable[[], None]) -> None:
    """Make something in the first worker that comes by; the others wait until it is there."""
    with mark.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not mark.stat().st_size:
            make()
            file.write("made")
