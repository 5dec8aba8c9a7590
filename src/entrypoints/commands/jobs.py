"""`jobs`: what failed as often as it was tried."""

from typing import Annotated, Final

import typer

from entrypoints.commands.shared import DATA_DIR, DataDir, console, told

group: Final = typer.Typer(no_args_is_help=True, help="Look after jobs that failed as often as they were tried.")


@group.command("list")
def jobs_list(data_dir: DataDir = DATA_DIR) -> None:
    """Say which jobs are held, since when (UTC), and what went wrong last."""
    from entrypoints.working import list_held  # noqa: PLC0415

    with told():
        list_held(data_dir, console)


@group.command("retry")
def jobs_retry(
    ids: Annotated[list[int] | None, typer.Argument(help="Which ones; all, if none is named.")] = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Try held jobs again."""
    from entrypoints.working import retry_held  # noqa: PLC0415

    with told():
        retry_held(data_dir, ids or [], console)
