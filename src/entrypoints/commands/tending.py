"""Look after what the database holds."""

import asyncio
from typing import Annotated, Final

import typer

from entrypoints.commands.shared import DATA_DIR, DataDir, console, told

group: Final = typer.Typer()


@group.command()
def cleanup(data_dir: DataDir = DATA_DIR) -> None:
    """Delete answers to Idempotency-Keys that are no longer kept, and sessions that ended a month ago. A worker does so
    by itself, unless a transaction pooler stands in between; then once an hour is often enough.
    """
    from adapters.postgres.cleaning import remove_ended_sessions, remove_expired_answers  # noqa: PLC0415
    from entrypoints.database import database  # noqa: PLC0415

    with told(), database(data_dir) as place:
        removed = asyncio.run(remove_expired_answers(place.url, place.pooler))
        console.print(f"{removed} expired {'answer' if removed == 1 else 'answers'} deleted.")
        ended = asyncio.run(remove_ended_sessions(place.url, place.pooler))
        console.print(f"{ended} ended {'session' if ended == 1 else 'sessions'} deleted.")


@group.command("invariants")
def check_invariants(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a line, the last one the summary.")] = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Check all that the database holds, recomputed from ledgers and events; exit 1 where something does not hold."""
    from entrypoints.invariants import Wish, invariants  # noqa: PLC0415

    with told():
        raise typer.Exit(invariants(Wish(data_dir, json=as_json), console))
