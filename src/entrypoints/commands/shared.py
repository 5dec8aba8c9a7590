"""What commands share: where they write, where data lies, and how they say what is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import asyncpg
import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import DBAPIError

from adapters.embedded_postgres import EmbeddedPostgresError
from adapters.postgres.roles import RolesMissing
from adapters.postgres.start_check import WallMissing
from application.shared.errors import Unavailable
from entrypoints.rotation import RotationRefused
from entrypoints.settings import SettingsInvalid

console: Final = Console(highlight=False)

DataDir = Annotated[
    Path, typer.Option(help="Where our own PostgreSQL and the demo's keys lie.", envvar="ORDERWRIGHT_DATA")
]
DATA_DIR: Final = Path(".data")

EXPECTED: Final = (
    EmbeddedPostgresError,
    RolesMissing,
    WallMissing,
    Unavailable,
    SettingsInvalid,
    RotationRefused,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    DBAPIError,
)
"""What can be wrong around us; each says what to do, and a traceback would only hide it."""


@contextmanager
def told() -> Iterator[None]:
    """Say what is wrong around us in its own words, and leave with 1."""
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except EXPECTED as error:
        console.print("[red]orderwright:[/red]", escape(str(error) or type(error).__name__), soft_wrap=True)
        raise typer.Exit(1) from error
