"""The service for those who ask it over HTTP: two processes on a database of its own, and a clock that is moved."""

import os
from collections.abc import Callable, Iterator

import pytest

from entrypoints.keys import make_keys
from tests.machine.file_clock import CLOCK, FileClock
from tests.machine.over_http import OverHttp
from tests.postgres import Database, database, server
from tests.service.served import SOURCES, Served

__all__ = ["database", "server"]


@pytest.fixture(scope="session")
def over_http(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], OverHttp]]:
    """Opens shops. The service has no worker of its own: that one goes by the clock of the database."""
    directory = tmp_path_factory.mktemp("machine")
    clock = FileClock.start(directory / "clock")
    environment = {
        "DATABASE_URL": database.dsn,
        "ORDERWRIGHT_SIGNUP": "open",
        "ORDERWRIGHT_WORKER": "off",
        **{f"{name}_FILE": str(file) for name, file in make_keys(directory / "keys").items()},
        "PYTHONPATH": os.pathsep.join([str(SOURCES), str(SOURCES.parent)]),
        CLOCK: str(directory / "clock"),
    }
    options = ("--workers", "2")
    with Served(directory, options, environment, module="tests.machine.hurried") as served:
        yield lambda: OverHttp(served.url, database.dsn, clock)
