"""`organizations`: who is served."""

from enum import StrEnum
from typing import Annotated, Final

import typer

from entrypoints.commands.shared import DATA_DIR, DataDir, console, told

group: Final = typer.Typer(no_args_is_help=True, help="Found organizations, and say what they do.")


class OnOff(StrEnum):
    ON = "on"
    OFF = "off"


@group.command("create")
def organizations_create(
    slug: Annotated[str, typer.Option(help="Its name in addresses and log-ins.")],
    name: Annotated[str, typer.Option(help="Its name for people.")],
    currency: Annotated[str, typer.Option(help="ISO 4217.")],
    owner_email: Annotated[str, typer.Option(help="Who owns it.")],
    owner_name: Annotated[str, typer.Option(help="The owner's name.")],
    password: Annotated[
        str,
        typer.Option(
            help="The owner's first password; asked for where it is not given.",
            prompt=True,
            hide_input=True,
            confirmation_prompt=True,
            envvar="ORDERWRIGHT_OWNER_PASSWORD",
        ),
    ],
    sandbox: Annotated[bool, typer.Option("--sandbox", help="It may move its own clock.")] = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Found an organization and its owner; for where strangers may not sign up."""
    from entrypoints.founding import Founding, found  # noqa: PLC0415

    wish = Founding(
        name=name,
        slug=slug,
        currency=currency,
        sandbox=sandbox,
        owner_email=owner_email,
        owner_name=owner_name,
        password=password,
        data_dir=data_dir,
    )
    with told():
        raise typer.Exit(found(wish, console))


@group.command("mail")
def organizations_mail(
    slug: Annotated[str, typer.Argument(help="Whose customers.")],
    wanted: Annotated[OnOff, typer.Argument(help="Whether they are written to.")],
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Write to an organization's customers what becomes of their orders, or do not any more."""
    from entrypoints.mailing import Mailing, switch  # noqa: PLC0415

    with told():
        raise typer.Exit(switch(Mailing(slug=slug, on=wanted is OnOff.ON, data_dir=data_dir), console))
