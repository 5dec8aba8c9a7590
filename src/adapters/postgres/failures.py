"""What it means when PostgreSQL refuses, or is not there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from adapters.records.constraints import RERUN, taken
from application.shared.errors import Outdated, Unavailable

OUTDATED: Final = frozenset({"40001", "40P01", "55P03"})
"""Serialization failure, deadlock, lock timeout: nothing was written, and a rerun may well succeed."""

AWAY: Final = ("08", "53", "57", "58")
"""Classes: connection lost, out of resources, told to stop (a statement timeout, too), system error."""


@contextmanager
def translated() -> Iterator[None]:
    """Raises: Outdated, Taken, Unavailable; whatever else PostgreSQL says is a bug and passes as it is."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        name = error.constraint_name or ""
        if name in RERUN:
            raise Outdated from error
        raise taken(name) or error from error
    except asyncpg.PostgresError as error:
        state = error.sqlstate or ""
        if state in OUTDATED:
            raise Outdated from error
        if state.startswith(AWAY):
            raise Unavailable from error
        raise
    except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if isinstance(error, ValueError):  # a parameter that the driver could not write: a bug
            raise
        raise Unavailable from error
