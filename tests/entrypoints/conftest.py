"""One server a run and one database a worker, for commands that want them."""

from tests.postgres import database, server

__all__ = ["database", "server"]
