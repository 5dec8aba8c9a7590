"""Where the data is: the database of `DATABASE_URL`, or our own PostgreSQL in the data directory."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.postgres import Pooler
from adapters.postgres.founding import LOGIN, found_database
from entrypoints.settings import pooler_of


@dataclass(frozen=True, slots=True)
class Database:
    """`url` leads the service's login to its database, through `pooler`; `embedded`: on a server of our own."""

    url: str
    embedded: bool
    pooler: Pooler = Pooler.NONE


@contextmanager
def database(data_dir: Path) -> Iterator[Database]:
    """Lend the database; our own server runs as long as somebody uses it.

    Raises: EmbeddedPostgresError, SettingsInvalid, with what to do; Unavailable or OSError, when `DATABASE_URL` leads
    nowhere.
    """
    if url := os.environ.get("DATABASE_URL"):
        yield Database(url, embedded=False, pooler=pooler_of(os.environ))
        return
    with EmbeddedPostgres.start(data_dir) as server:
        asyncio.run(found_database(server.dsn(), server.dsn(database=LOGIN), LOGIN))
        yield Database(server.dsn(LOGIN, LOGIN), embedded=True)
