"""An embedded PostgreSQL: a real server without an installation, for demo, development and tests.

    with EmbeddedPostgres.start(Path(".data")) as server:
        connection = await asyncpg.connect(server.dsn())

`launcher` is the side of the users, `supervisor` the process that keeps the server, `layout` what lies where.
"""

from adapters.embedded_postgres.binaries import Binaries, find_binaries
from adapters.embedded_postgres.errors import (
    BinariesMissing,
    EmbeddedPostgresError,
    ServerDidNotStart,
    ServerDidNotStop,
    ServerNotDurable,
)
from adapters.embedded_postgres.launcher import EmbeddedPostgres

__all__ = [
    "Binaries",
    "BinariesMissing",
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "ServerDidNotStart",
    "ServerDidNotStop",
    "ServerNotDurable",
    "find_binaries",
]
