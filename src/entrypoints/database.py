"""Where the data is: the database of `DATABASE_URL`, or our own PostgreSQL in the data directory."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.postgres.founding import LOGIN, found_database


@dataclass(frozen=True, slots=True)
class Database:
    """`url` leads the service's login to its database; `embedded` says whether the server is our own."""

    url: str
    embedded: bool


@contextmanager
def database(data_dir: Path) -> Iterator[Database]:
    """Lend the database; our own server runs as long as somebody uses it.

    Raises: EmbeddedPostgresError, with what to do; Unavailable or OSError, when `DATABASE_URL` leads nowhere.
    """
    if url := os.environ.get("DATABASE_URL"):
        yield Database(url, embedded=False)
        return
    with EmbeddedPostgres.start(data_dir) as server:
        asyncio.run(found_database(server.dsn(), server.dsn(database=LOGIN), LOGIN))
        yield Database(server.dsn(LOGIN, LOGIN), embedded=True)
