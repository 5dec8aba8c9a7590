"""`keys`: what the service signs and encrypts with."""

from pathlib import Path
from typing import Annotated, Final

import typer

from entrypoints.commands.shared import console, told

group: Final = typer.Typer(
    no_args_is_help=True, help="Make and rotate the keys that the service signs and encrypts with."
)


@group.command("new")
def keys_new(directory: Annotated[Path, typer.Argument(help="Made if missing; what is there is kept.")]) -> None:
    """Make a master key and a signing key, readable by you alone, and say how the service finds them."""
    from entrypoints.keys import make_keys  # noqa: PLC0415

    with told():
        for setting, file in make_keys(directory).items():
            console.print(f"export {setting}_FILE={file.resolve()}", soft_wrap=True)


@group.command("rotate")
def keys_rotate(
    directory: Annotated[Path, typer.Argument(help="Where `keys new` made them.")],
    forget: Annotated[bool, typer.Option("--forget", help="Refuse at once all that the former key signed.")] = False,
) -> None:
    """Sign with the next key from now on, and make another next one. Running services notice within a second."""
    from entrypoints.rotation import rotate_keys  # noqa: PLC0415

    with told():
        rotate_keys(directory, forget=forget)
        _show_keys(directory)


@group.command("list")
def keys_list(directory: Annotated[Path, typer.Argument(help="Where `keys new` made them.")]) -> None:
    """Say which keys there are for access tokens, and what each is for; nothing secret."""
    with told():
        _show_keys(directory)


def _show_keys(directory: Path) -> None:
    from entrypoints.rotation import keys_in_use  # noqa: PLC0415

    for key in keys_in_use(directory):
        typer.echo(f"{key.kid}  {key.purpose:<8}  {key.algorithm}")
