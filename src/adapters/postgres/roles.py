"""The three roles behind one login: who owns, who serves, who scans. None of them can log in.

`orderwright_owner` owns everything and migrates; `orderwright_app` serves behind row-level security and owns nothing;
`orderwright_system` runs narrow scans across tenants. The login may become each of them, and inherits from none.
"""

from typing import Final

import asyncpg

OWNER: Final = "orderwright_owner"
APP: Final = "orderwright_app"
SYSTEM: Final = "orderwright_system"
ROLES: Final = (OWNER, APP, SYSTEM)

JOBS: Final = "jobs"
"""The schema of the queue: nobody's rows, so there is no wall in it, and who serves has no right to it."""

ALREADY_THERE: Final = "duplicate_object OR unique_violation"
"""What PostgreSQL says when a role is there, or is being made by somebody else."""


def provisioning(login: str) -> tuple[str, ...]:
    """Return the SQL that gives `login` its roles and the owner its schemas; harmless when run again."""
    quoted = '"' + login.replace('"', '""') + '"'
    return (
        *(_create(role) for role in ROLES),
        *(f"GRANT {role} TO {quoted} WITH SET TRUE, INHERIT FALSE" for role in ROLES),
        f"CREATE SCHEMA IF NOT EXISTS {JOBS} AUTHORIZATION {OWNER}",
        f"GRANT CREATE, USAGE ON SCHEMA public TO {OWNER}",
        f"GRANT USAGE ON SCHEMA public TO {APP}, {SYSTEM}",
    )


class RolesMissing(Exception):
    """The login may not make the roles. The message holds the SQL that an administrator runs once."""

    def __init__(self, login: str) -> None:
        super().__init__(
            f"The database login {login!r} may not create roles. Ask an administrator to run once, in this database:\n"
            + "\n".join(f"  {line};" for line in provisioning(login))
        )


async def provision(connection: asyncpg.Connection, login: str | None = None) -> None:
    """See to it that the login (the connection's own by default) has its roles.

    Raises: RolesMissing.
    """
    login = login or str(await connection.fetchval("SELECT session_user::text"))
    if await _provisioned(connection, login):
        return
    try:
        async with connection.transaction():  # in turns: the first GRANT locks its role until all is done, or nothing
            for line in provisioning(login):
                await connection.execute(line)
            if not await _provisioned(connection, login):  # on what is somebody else's, a grant may only warn
                raise RolesMissing(login)
    except asyncpg.InsufficientPrivilegeError as error:
        raise RolesMissing(login) from error


async def _provisioned(connection: asyncpg.Connection, login: str) -> bool:
    """Whether the login may become every role, and the owner may create."""
    existing: int = await connection.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = ANY($1::text[])", ROLES)
    if existing < len(ROLES):
        return False
    members: bool = await connection.fetchval(
        "SELECT bool_and(EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = r.oid AND m.set_option"
        " AND m.member = $2::text::regrole)) AND has_schema_privilege($3, 'public', 'CREATE')"
        " AND has_schema_privilege($4, 'public', 'USAGE')"
        " AND coalesce(has_schema_privilege($3, to_regnamespace($5)::oid, 'CREATE'), false)"
        " FROM pg_roles r WHERE rolname = ANY($1::text[])",
        ROLES,
        '"' + login.replace('"', '""') + '"',
        OWNER,
        APP,
        JOBS,
    )
    return members


def _create(role: str) -> str:
    return (
        f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
