"""`openapi`: what the application says of itself, beside what the contract says of it."""

from pathlib import Path

import typer

from adapters.http.openapi import as_yaml
from entrypoints.contract_keeping import NoSuchOperation, adopt, application, committed, differences, part


def tell_document(operation: str) -> int:
    """Print all of it, or one operation. Returns the exit code."""
    try:
        typer.echo(as_yaml(part(committed(), application(), operation) if operation else application()), nl=False)
    except NoSuchOperation as error:
        typer.echo(str(error), err=True)
        return 1
    return 0


def tell_differences() -> int:
    """Print a line for everything that the contract and the application say differently. Returns the exit code."""
    found = [*differences(committed(), application())]
    for difference in found:
        typer.echo(str(difference))
    return 1 if found else 0


def adopt_into(path: Path) -> int:
    """Take over what the application says, and print what that was. Returns the exit code: 1 where examples would be
    lost, and then nothing was written.
    """
    adopted = adopt(path)
    for difference in adopted.taken:
        typer.echo(str(difference))
    for pointer in adopted.homeless:
        typer.echo(f"{pointer}: the application has no place for this example", err=True)
    if adopted.homeless:
        typer.echo("Nothing was written: move these examples, or take them away.", err=True)
        return 1
    return 0
