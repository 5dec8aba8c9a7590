"""`organizations create`: found an organization from the command line, where strangers may not sign up."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape

from adapters.argon2 import Argon2Passwords
from adapters.http.identity import SignUpBody, sign_up_command
from adapters.http.reading import invalid_fields
from adapters.postgres import Pooler, PostgresBegin, TenantPool
from adapters.postgres.migrating import migrate_up
from adapters.system import SystemClock, new_id
from application.identity.sign_up import SignUp, SignUpHandler
from domain.shared.errors import Refused
from entrypoints.database import Database, database


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """What the command line says; the same rules hold as over HTTP."""

    name: str
    slug: str
    currency: str
    sandbox: bool
    owner_email: str
    owner_name: str
    password: str
    data_dir: Path


def found(wish: Founding, console: Console) -> int:
    """Return the exit code: 1 when the house does not accept it; the reason is printed."""
    owner = {"email": wish.owner_email, "name": wish.owner_name, "password": wish.password}
    body = {
        "name": wish.name,
        "slug": wish.slug,
        "currency": wish.currency,
        "sandbox": wish.sandbox,
        "owner": owner,
    }
    if invalid := list(invalid_fields(body, SignUpBody, "")):
        for field in invalid:
            console.print(f"[red]orderwright:[/red] {escape(field.pointer)}: {escape(field.message)}", soft_wrap=True)
        return 1
    try:
        command = sign_up_command(msgspec.convert(body, SignUpBody), request_id="command-line")
        with database(wish.data_dir) as place:
            organization = asyncio.run(_found(command, place))
    except Refused as refused:
        console.print("[red]orderwright:[/red]", escape(str(refused)), soft_wrap=True)
        return 1
    console.print(f"{wish.slug} is founded: organization {organization}, owner {escape(wish.owner_email)}")
    return 0


async def _found(command: SignUp, place: Database) -> str:
    if place.pooler is Pooler.NONE:
        await migrate_up(place.url)
    pool = TenantPool.to(place.url, place.pooler, size=1, patience=5)
    try:
        handler = SignUpHandler(PostgresBegin(pool, SystemClock(), new_id), new_id, Argon2Passwords())
        return str((await handler(command)).organization.id)
    finally:
        await pool.close()
