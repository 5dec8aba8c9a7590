"""Make a service of a contract."""

from pathlib import Path
from typing import Annotated, Final

import typer

from entrypoints.commands.shared import console, told

group: Final = typer.Typer()


@group.command()
def explain(
    contract: Annotated[Path, typer.Argument(help="An OpenAPI 3.0 or 3.1 contract, YAML or JSON.", exists=True)],
    hints: Annotated[Path | None, typer.Option(help="An OpenAPI Overlay with hints.", exists=True)] = None,
    stories: Annotated[Path | None, typer.Option(help="Rules in plain sentences, Markdown.", exists=True)] = None,
    json: Annotated[Path | None, typer.Option(help="Write the ledger and the diagnostics there, too.")] = None,
) -> None:
    """Say what the generator would derive from a contract, and why. Exit code 2: there would be no service."""
    from entrypoints.generating import explain  # noqa: PLC0415

    with told():
        raise typer.Exit(explain(contract, hints, stories, json, console))
