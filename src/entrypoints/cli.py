"""`./orderwright`: every command, what it takes, and where it goes."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import asyncpg
import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import DBAPIError

from adapters.embedded_postgres import EmbeddedPostgresError
from adapters.postgres.roles import RolesMissing
from adapters.postgres.start_check import WallMissing
from application.shared.errors import Unavailable
from entrypoints.rotation import RotationRefused
from entrypoints.settings import SettingsInvalid

cli: Final = typer.Typer(no_args_is_help=True, add_completion=False, help="Orders, stock and money that one can trust.")
migrations: Final = typer.Typer(
    no_args_is_help=True, help="Bring the schema up or down, or compare it with the tables."
)
keys: Final = typer.Typer(
    no_args_is_help=True, help="Make and rotate the keys that the service signs and encrypts with."
)
cli.add_typer(migrations, name="migrate")
cli.add_typer(keys, name="keys")
organizations: Final = typer.Typer(no_args_is_help=True, help="Found organizations.")
cli.add_typer(organizations, name="organizations")
jobs: Final = typer.Typer(no_args_is_help=True, help="Look after jobs that failed as often as they were tried.")
cli.add_typer(jobs, name="jobs")

console: Final = Console(highlight=False)

DataDir = Annotated[
    Path, typer.Option(help="Where our own PostgreSQL and the demo's keys lie.", envvar="ORDERWRIGHT_DATA")
]
DATA_DIR: Final = Path(".data")

EXPECTED: Final = (
    EmbeddedPostgresError,
    RolesMissing,
    WallMissing,
    Unavailable,
    SettingsInvalid,
    RotationRefused,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    DBAPIError,
)
"""What can be wrong around us; each says what to do, and a traceback would only hide it."""


@contextmanager
def told() -> Iterator[None]:
    """Say what is wrong around us in its own words, and leave with 1."""
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except EXPECTED as error:
        console.print("[red]orderwright:[/red]", escape(str(error) or type(error).__name__), soft_wrap=True)
        raise typer.Exit(1) from error


@cli.command()
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


@cli.command()
def worker(data_dir: DataDir = DATA_DIR) -> None:
    """Do what is due, and what is scheduled, until told to stop. Any number may run."""
    from entrypoints.working import work  # noqa: PLC0415

    with told():
        work(data_dir)


@jobs.command("list")
def jobs_list(data_dir: DataDir = DATA_DIR) -> None:
    """Say which jobs are held, since when (UTC), and what went wrong last."""
    from entrypoints.working import list_held  # noqa: PLC0415

    with told():
        list_held(data_dir, console)


@jobs.command("retry")
def jobs_retry(
    ids: Annotated[list[int] | None, typer.Argument(help="Which ones; all, if none is named.")] = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Try held jobs again."""
    from entrypoints.working import retry_held  # noqa: PLC0415

    with told():
        retry_held(data_dir, ids or [], console)


@cli.command()
def demo(
    base_url: Annotated[str, typer.Option(help="Where a service with open sign-up is.")] = "http://127.0.0.1:8000",
) -> None:
    """Walk an order through its whole life over HTTP, a refused oversell and a refused transition included."""
    from entrypoints.demo import walk  # noqa: PLC0415

    with told():
        raise typer.Exit(walk(base_url, console))


@migrations.command("up")
def migrate_up(revision: Annotated[str, typer.Argument()] = "head", data_dir: DataDir = DATA_DIR) -> None:
    """Give the login its roles, then migrate."""
    from adapters.postgres import migrating  # noqa: PLC0415
    from entrypoints.database import database  # noqa: PLC0415

    with told(), database(data_dir) as place:
        asyncio.run(migrating.migrate_up(place.url, revision))
        console.print(f"The schema is at {revision}.")


@migrations.command("down")
def migrate_down(
    revision: Annotated[str, typer.Argument(help="`base` removes everything.")], data_dir: DataDir = DATA_DIR
) -> None:
    """Migrate down to a revision. What the newer tables held is lost."""
    from adapters.postgres import migrating  # noqa: PLC0415
    from entrypoints.database import database  # noqa: PLC0415

    with told(), database(data_dir) as place:
        asyncio.run(migrating.migrate_down(place.url, revision))
        console.print(f"The schema is at {revision}.")


@migrations.command("check")
def migrate_check(data_dir: DataDir = DATA_DIR) -> None:
    """Say whether the database is as the tables say; exit 1 if not."""
    from adapters.postgres import migrating  # noqa: PLC0415
    from entrypoints.database import database  # noqa: PLC0415

    with told(), database(data_dir) as place:
        gaps = asyncio.run(migrating.migration_gaps(place.url))
        console.print(gaps or "The database is as the tables say.")
        raise typer.Exit(1 if gaps else 0)


@keys.command("new")
def keys_new(directory: Annotated[Path, typer.Argument(help="Made if missing; what is there is kept.")]) -> None:
    """Make a master key and a signing key, readable by you alone, and say how the service finds them."""
    from entrypoints.keys import make_keys  # noqa: PLC0415

    with told():
        for setting, file in make_keys(directory).items():
            console.print(f"export {setting}_FILE={file.resolve()}", soft_wrap=True)


@keys.command("rotate")
def keys_rotate(
    directory: Annotated[Path, typer.Argument(help="Where `keys new` made them.")],
    forget: Annotated[bool, typer.Option("--forget", help="Refuse at once all that the former key signed.")] = False,
) -> None:
    """Sign with the next key from now on, and make another next one. Running services notice within a second."""
    from entrypoints.rotation import rotate_keys  # noqa: PLC0415

    with told():
        rotate_keys(directory, forget=forget)
        _show_keys(directory)


@keys.command("list")
def keys_list(directory: Annotated[Path, typer.Argument(help="Where `keys new` made them.")]) -> None:
    """Say which keys there are for access tokens, and what each is for; nothing secret."""
    with told():
        _show_keys(directory)


def _show_keys(directory: Path) -> None:
    from entrypoints.rotation import keys_in_use  # noqa: PLC0415

    for key in keys_in_use(directory):
        typer.echo(f"{key.kid}  {key.purpose:<8}  {key.algorithm}")


@organizations.command("create")
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


@cli.command()
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


@cli.command()
def cleanup(data_dir: DataDir = DATA_DIR) -> None:
    """Delete answers to Idempotency-Keys that are no longer kept, and sessions that ended a month ago. A worker does so
    by itself, unless a transaction pooler stands in between; then once an hour is often enough.
    """
    from adapters.postgres.cleaning import remove_ended_sessions, remove_expired_answers  # noqa: PLC0415
    from entrypoints.database import database  # noqa: PLC0415

    with told(), database(data_dir) as place:
        removed = asyncio.run(remove_expired_answers(place.url, place.pooler))
        console.print(f"{removed} expired {'answer' if removed == 1 else 'answers'} deleted.")
        ended = asyncio.run(remove_ended_sessions(place.url, place.pooler))
        console.print(f"{ended} ended {'session' if ended == 1 else 'sessions'} deleted.")


@cli.command("invariants")
def check_invariants(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a line, the last one the summary.")] = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Check all that the database holds, recomputed from ledgers and events; exit 1 where something does not hold."""
    from entrypoints.invariants import Wish, invariants  # noqa: PLC0415

    with told():
        raise typer.Exit(invariants(Wish(data_dir, json=as_json), console))


@cli.command()
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


@cli.command()
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


@cli.command()
def check(
    no_test: Annotated[bool, typer.Option("--no-test", help="Everything but the tests.")] = False,
    thorough: Annotated[bool, typer.Option("--thorough", help="With the planted faults and the full numbers.")] = False,
) -> None:
    """Check all that CI checks: format, lint, types, architecture, lock, generated documents, tests."""
    from entrypoints.checking import check  # noqa: PLC0415

    raise typer.Exit(check(test=not no_test, thorough=thorough))


@cli.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run_the_tests(
    context: typer.Context,
    thorough: Annotated[bool, typer.Option("--thorough", help="Full numbers: races, soaks, fuzzing.")] = False,
) -> None:
    """Run the tests; whatever else is given goes to pytest."""
    from entrypoints.checking import run_tests  # noqa: PLC0415

    raise typer.Exit(run_tests(context.args, thorough=thorough))


def main() -> None:
    cli(prog_name="orderwright")
