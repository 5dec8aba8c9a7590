"""Try the service: an order walked through its life, and many orders to look at."""

import secrets
from typing import Annotated, Final

import typer

from entrypoints.commands.shared import DATA_DIR, DataDir, console, told

group: Final = typer.Typer()


@group.command()
def demo(
    base_url: Annotated[str, typer.Option(help="Where a service with open sign-up is.")] = "http://127.0.0.1:8000",
) -> None:
    """Walk an order through its whole life over HTTP, a refused oversell and a refused transition included."""
    from entrypoints.demo import walk  # noqa: PLC0415

    with told():
        raise typer.Exit(walk(base_url, console))


@group.command()
def seed(
    orders: Annotated[int, typer.Option(help="How many orders.", min=1)] = 10_000,
    products: Annotated[int, typer.Option(help="How many products they choose from.", min=1)] = 1_000,
    customers: Annotated[int, typer.Option(help="How many customers they belong to.", min=1)] = 1_000,
    organization: Annotated[str, typer.Option(help="The slug of the organization to fill.")] = "demo",
    chance: Annotated[int | None, typer.Option(help="The same number makes the same orders.")] = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Write many orders that hold every invariant, in every state, spread over a year."""
    from entrypoints.seeding import Wish, seed  # noqa: PLC0415

    with told():
        chosen = secrets.randbits(32) if chance is None else chance
        raise typer.Exit(seed(Wish(orders, products, customers, organization, chosen, data_dir), console))
