"""The service for those who ask it over HTTP: two processes on a database of its own."""

from collections.abc import Iterator

import pytest

from entrypoints.keys import make_keys
from tests.postgres import Database, database, server
from tests.service.served import Served

__all__ = ["database", "server"]


@pytest.fixture(scope="session")
def served(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("machine")
    keys = {f"{name}_FILE": str(file) for name, file in make_keys(directory / "keys").items()}
    environment = {"DATABASE_URL": database.dsn, "ORDERWRIGHT_SIGNUP": "open", **keys}
    with Served(directory, options=("--workers", "2"), environment=environment) as served:
        yield served
