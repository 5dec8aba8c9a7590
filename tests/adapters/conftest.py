"""One server a run and one database a worker, for every technology that wants them."""

from tests.postgres import database, server

__all__ = ["database", "server"]
