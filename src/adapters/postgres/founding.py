"""A database of our own on a server of our own: its login and itself, made by the superuser who then steps back."""

from contextlib import suppress

import asyncpg

from adapters.postgres.roles import ALREADY_THERE, provision

LOGIN = "orderwright"
"""The one login of the service; like the database, it is made where it is missing."""


async def found_database(superuser_dsn: str, database_dsn: str, database: str = LOGIN) -> None:
    """See to it that the login and the database are there, and that the login may become its roles.

    Args:
        superuser_dsn: leads the superuser to any database of the server.
        database_dsn: leads the superuser to `database`, once that is there.
    """
    server = await asyncpg.connect(superuser_dsn)
    try:
        await server.execute(f"DO $$ BEGIN CREATE ROLE {LOGIN} LOGIN; EXCEPTION WHEN {ALREADY_THERE} THEN NULL; END $$")
        with suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):  # there, or just being made
            await server.execute(f'CREATE DATABASE "{database}"')
    finally:
        await server.close()
    inside = await asyncpg.connect(database_dsn)
    try:
        await provision(inside, LOGIN)
    finally:
        await inside.close()
