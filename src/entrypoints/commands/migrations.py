"""`migrate`: the schema, up and down."""

import asyncio
from typing import Annotated, Final

import typer

from entrypoints.commands.shared import DATA_DIR, DataDir, console, told

group: Final = typer.Typer(no_args_is_help=True, help="Bring the schema up or down, or compare it with the tables.")


@group.command("up")
def migrate_up(revision: Annotated[str, typer.Argument()] = "head", data_dir: DataDir = DATA_DIR) -> None:
    """Give the login its roles, then migrate."""
    from adapters.postgres import migrating  # noqa: PLC0415
    from entrypoints.database import database  # noqa: PLC0415

    with told(), database(data_dir) as place:
        asyncio.run(migrating.migrate_up(place.url, revision))
        console.print(f"The schema is at {revision}.")


@group.command("down")
def migrate_down(
    revision: Annotated[str, typer.Argument(help="`base` removes everything.")], data_dir: DataDir = DATA_DIR
) -> None:
    """Migrate down to a revision. What the newer tables held is lost."""
    from adapters.postgres import migrating  # noqa: PLC0415
    from entrypoints.database import database  # noqa: PLC0415

    with told(), database(data_dir) as place:
        asyncio.run(migrating.migrate_down(place.url, revision))
        console.print(f"The schema is at {revision}.")


@group.command("check")
def migrate_check(data_dir: DataDir = DATA_DIR) -> None:
    """Say whether the database is as the tables say; exit 1 if not."""
    from adapters.postgres import migrating  # noqa: PLC0415
    from entrypoints.database import database  # noqa: PLC0415

    with told(), database(data_dir) as place:
        gaps = asyncio.run(migrating.migration_gaps(place.url))
        console.print(gaps or "The database is as the tables say.")
        raise typer.Exit(1 if gaps else 0)
