"""Serve, and do what is due."""

from typing import Annotated, Final

import typer

from entrypoints.commands.shared import DATA_DIR, DataDir, console, told

group: Final = typer.Typer()


@group.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.", envvar="ORDERWRIGHT_HOST")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="The port to listen on.", envvar="ORDERWRIGHT_PORT", min=1, max=65535)
    ] = 8000,
    data_dir: DataDir = DATA_DIR,
    workers: Annotated[int, typer.Option(help="How many processes serve.", min=1)] = 1,
    demo: Annotated[bool, typer.Option(help="On our own PostgreSQL: make keys, and an organization to try.")] = True,
    worker: Annotated[bool, typer.Option(help="Do what is due, too; else let `worker` do it.")] = True,
) -> None:
    """Serve the API; without DATABASE_URL, on our own PostgreSQL."""
    from entrypoints.serving import Serve, serve  # noqa: PLC0415 - other commands start faster without it

    with told():
        serve(Serve(host=host, port=port, data_dir=data_dir, workers=workers, demo=demo, worker=worker), console)


@group.command()
def worker(
    data_dir: DataDir = DATA_DIR,
    port: Annotated[
        int | None, typer.Option(help="Where to say whether it is well, and what it counted.", min=1, max=65535)
    ] = None,
) -> None:
    """Do what is due, and what is scheduled, until told to stop. Any number may run."""
    from entrypoints.working import work  # noqa: PLC0415

    with told():
        work(data_dir, port)
