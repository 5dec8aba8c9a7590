"""Check and measure the code; from a checkout."""

from pathlib import Path
from typing import Annotated, Final

import typer

group: Final = typer.Typer()


@group.command()
def check(
    no_test: Annotated[bool, typer.Option("--no-test", help="Everything but the tests.")] = False,
    thorough: Annotated[bool, typer.Option("--thorough", help="With the planted faults and the full numbers.")] = False,
) -> None:
    """Check all that CI checks: format, lint, types, architecture, lock, generated documents, tests."""
    from entrypoints.checking import check  # noqa: PLC0415

    raise typer.Exit(check(test=not no_test, thorough=thorough))


@group.command()
def bench(
    orders: Annotated[int, typer.Option(help="How many orders there are before; seeded once.", min=1_000)] = 1_000_000,
    quick: Annotated[bool, typer.Option("--quick", help="Some thousand orders and short rounds: minutes.")] = False,
    as_json: Annotated[Path | None, typer.Option("--json", help="Write all figures there.", dir_okay=False)] = None,
    plot: Annotated[Path | None, typer.Option(help="Write an SVG of the goals there.", dir_okay=False)] = None,
) -> None:
    """Measure against pgbench and against peers, beside each other on our own PostgreSQL; only from a checkout."""
    from entrypoints.checking import run_benchmarks  # noqa: PLC0415

    files = {"--json": as_json, "--plot": plot}
    written = [word for name, file in files.items() if file for word in (name, str(file.resolve()))]
    raise typer.Exit(run_benchmarks(["--quick" if quick else f"--orders={orders}", *written]))


@group.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run_the_tests(
    context: typer.Context,
    thorough: Annotated[bool, typer.Option("--thorough", help="Full numbers: races, soaks, fuzzing.")] = False,
) -> None:
    """Run the tests; whatever else is given goes to pytest."""
    from entrypoints.checking import run_tests  # noqa: PLC0415

    raise typer.Exit(run_tests(context.args, thorough=thorough))
