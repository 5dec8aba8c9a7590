"""Write the documents that are made from the code."""

from pathlib import Path
from typing import Annotated, Final

import typer

from entrypoints.commands.shared import console, told

group: Final = typer.Typer()


@group.command()
def diagram(
    check: Annotated[
        bool, typer.Option("--check", help="Only say which differ from what is committed; exit 1.")
    ] = False,
) -> None:
    """Write every generated document: drawings and tables."""
    from entrypoints.documents import differing, write  # noqa: PLC0415

    stale = differing() if check else write()
    for path in stale:
        console.print(f"{'differs' if check else 'written'}: {path}")
    raise typer.Exit(1 if check and stale else 0)


@group.command()
def openapi(
    operation: Annotated[
        str, typer.Option(help="Only this operation, and the components that the contract does not have yet.")
    ] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Only what the contract and the application say differently; exit 1.")
    ] = False,
    into: Annotated[
        Path | None, typer.Option(help="Take all of it over into this contract, whose examples stay.", dir_okay=False)
    ] = None,
) -> None:
    """Print what the application says of itself, as the contract would be written."""
    from entrypoints.telling import adopt_into, tell_differences, tell_document  # noqa: PLC0415

    with told():
        if check:
            raise typer.Exit(tell_differences())
        if into:
            raise typer.Exit(adopt_into(into))
        raise typer.Exit(tell_document(operation))
