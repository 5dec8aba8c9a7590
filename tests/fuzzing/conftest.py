"""The app over PostgreSQL, as the tests of HTTP have it; only that schemathesis runs it in a loop of its own."""

import pytest

from entrypoints.container import StoreName
from tests.http.conftest import app, container, quick, settings
from tests.postgres import database, server

__all__ = ["app", "container", "database", "quick", "server", "settings"]


@pytest.fixture(scope="session")
def store() -> StoreName:
    return "postgres"
