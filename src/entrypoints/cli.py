"""`./orderwright`: its groups of commands, in the order of its help."""

from collections.abc import Mapping
from typing import Final

import typer

from entrypoints.commands import (
    checking,
    documents,
    generating,
    jobs,
    keys,
    migrations,
    organizations,
    serving,
    tending,
    trying,
    webhooks,
)

PLAIN: Final = (
    serving.group,
    trying.group,
    tending.group,
    documents.group,
    checking.group,
    generating.group,
)
"""Their commands are called by their own names."""

NAMED: Final[Mapping[str, typer.Typer]] = {
    "migrate": migrations.group,
    "keys": keys.group,
    "organizations": organizations.group,
    "jobs": jobs.group,
    "webhooks": webhooks.group,
}
"""Their commands are called by the group's name and their own."""

cli: Final = typer.Typer(no_args_is_help=True, add_completion=False, help="Orders, stock and money that one can trust.")
for _group in PLAIN:
    cli.add_typer(_group)
for _name, _group in NAMED.items():
    cli.add_typer(_group, name=_name)


def main() -> None:
    cli(prog_name="orderwright")
