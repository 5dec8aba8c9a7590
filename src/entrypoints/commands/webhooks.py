"""`webhooks`: receive them, and keep their secrets."""

import asyncio
import os
from typing import Annotated, Final

import typer

from entrypoints.commands.shared import DATA_DIR, DataDir, console, told

group: Final = typer.Typer(no_args_is_help=True, help="Receive webhooks on one's own machine; look after secrets.")


@group.command("listen")
def webhooks_listen(
    secret: Annotated[
        str,
        typer.Option(help="whsec_…, as it was shown when the endpoint was made.", envvar="ORDERWRIGHT_WEBHOOK_SECRET"),
    ],
    port: Annotated[int, typer.Option(help="The port to listen on, on this machine alone.", min=0, max=65535)] = 4000,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print each body, too.")] = False,
) -> None:
    """Receive webhooks, verify them, and print them. (The service sends here if it may: see docs/webhooks.md.)"""
    from domain.webhooks.signature import parsed_secret  # noqa: PLC0415
    from entrypoints.listening import Listening  # noqa: PLC0415

    with told():
        try:
            server = Listening(parsed_secret(secret), typer.echo, verbose).server(port)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--secret") from None
        with server:
            typer.echo(f"Listening on http://127.0.0.1:{server.server_port}/ until you press Ctrl-C.")
            server.serve_forever()


@group.command("reseal")
def webhooks_reseal(data_dir: DataDir = DATA_DIR) -> None:
    """Encrypt all webhook secrets under the newest master key, so that the one before it may go. Exit 1 where no key
    opens one.
    """
    from entrypoints.container import signing_secrets_of  # noqa: PLC0415
    from entrypoints.database import database  # noqa: PLC0415
    from entrypoints.resealing import reseal  # noqa: PLC0415
    from entrypoints.settings import master_keys_of  # noqa: PLC0415

    with told(), database(data_dir) as place:
        resealed = asyncio.run(reseal(place.url, place.pooler, signing_secrets_of(master_keys_of(os.environ))))
        console.print(f"{resealed.done} {'endpoint' if resealed.done == 1 else 'endpoints'} resealed.")
        for id in resealed.lost:  # noqa: A001
            console.print(f"[red]{id}[/red]: no master key opens its secret; rotate it.")
        raise typer.Exit(1 if resealed.lost else 0)
