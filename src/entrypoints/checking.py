"""`check`: everything that CI checks, one line each, and what to do about what fails."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Final, Self

from rich.console import Console

ROOT: Final = Path(__file__).resolve().parents[2]
"""The checkout: `test` and `check` are for those who work on the house, and run where its sources lie."""

PYTHON: Final = (sys.executable, "-m")


TESTS_FAILED: Final = 1
"""How pytest ends when it could run all tests, and some are red."""


@dataclass(frozen=True, slots=True)
class Check:
    """A command whose exit code `well` means that all is well; `remedy` is what to do otherwise. In a thorough run it
    is told `full`, too.
    """

    name: str
    command: tuple[str, ...]
    remedy: str
    well: int = 0
    full: tuple[str, ...] = ()

    def in_full(self) -> Self:
        return replace(self, command=(*self.command, *self.full))


CHECKS: Final = (
    Check("format", (*PYTHON, "ruff", "format", "--check", "."), "ruff format ."),
    Check("lint", (*PYTHON, "ruff", "check", "."), "ruff check --fix . mends what can be mended by itself"),
    Check("types", (*PYTHON, "mypy"), "the types tell the truth or the code does not: see the lines above"),
    Check(
        "architecture",
        (sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"),
        "an import goes up or sideways: see the contracts in pyproject.toml",
    ),
    Check("lock", (sys.executable, "tools/lock.py", "--check"), "python tools/lock.py makes it anew"),
    Check("documents", (*PYTHON, "entrypoints", "diagram", "--check"), "./orderwright diagram writes them anew"),
    Check(
        "contract",
        (*PYTHON, "entrypoints", "openapi", "--check"),
        "the application is not what the contract says: change the one or the other until no line is left",
    ),
    Check(
        "red without tenant walls",
        (*PYTHON, "pytest", "tests/tenants", "--without-wall", "1", "--without-wall", "2", "--tb=line"),
        "with both walls away the tenants' tests must run, see a leak and fail (exit code 1): see tests/walls.py",
        well=TESTS_FAILED,
    ),
    Check(
        "schemathesis",
        (*PYTHON, "pytest", "tests/fuzzing", "-n", "2", "--tb=short"),
        "service and contract disagree: each failure above ends with a command that shows it",
        full=("--thorough",),
    ),
)

PLANTED_FAULTS: Final = Check(
    "planted faults",
    (*PYTHON, "pytest", "tests/planted", "-n", "2", "--thorough"),
    "a test no longer sees the fault that it is there for",
)


def check(*, test: bool, thorough: bool) -> int:
    """Run all checks, then the tests. Returns the exit code: 0 when all is well."""
    console = Console()
    checks = [*(one.in_full() for one in CHECKS), PLANTED_FAULTS] if thorough else CHECKS
    failed = [one for one in checks if not _holds(one, console)]
    if test and run_tests([], thorough=thorough):
        failed.append(Check("tests", (), "see above"))
    for one in failed:
        console.print(f"[red]✗ {one.name}[/red]: {one.remedy}")
    console.print("[red]Something is not well.[/red]" if failed else "[green]All is well.[/green]")
    return 1 if failed else 0


def run_tests(arguments: Sequence[str], *, thorough: bool) -> int:
    """Run pytest, on every core unless told otherwise. Returns its exit code."""
    chosen = any(argument.startswith(("-n", "--pdb")) for argument in arguments)
    spread = [] if chosen else ["-n", "auto", "--dist", "loadfile"]
    full = ["--thorough"] if thorough else []
    command = (*PYTHON, "pytest", *spread, *full, *arguments)
    return subprocess.run(command, check=False, cwd=ROOT, env=_environment()).returncode


def run_benchmarks(arguments: Sequence[str]) -> int:
    """Run `benchmarks`, which lies beside the tests and is no part of what is installed. Returns its exit code."""
    command = (*PYTHON, "benchmarks", *arguments)
    return subprocess.run(command, check=False, cwd=ROOT, env=_environment()).returncode


def _holds(one: Check, console: Console) -> bool:
    start = monotonic()
    ran = subprocess.run(one.command, check=False, cwd=ROOT, env=_environment(), capture_output=True, text=True)
    took = f"{monotonic() - start:.1f} s"
    well = ran.returncode == one.well
    if not well:
        console.print(ran.stdout + ran.stderr, markup=False, highlight=False)
    console.print(f"{'[green]✓' if well else '[red]✗'} {one.name}[/] [dim]{took}[/dim]")
    return well


def _environment() -> dict[str, str]:
    unwritten = "PYTHONDONTWRITEBYTECODE"  # tests start Python dozens of times: with bytecode it is there sooner
    kept = {name: value for name, value in os.environ.items() if name != unwritten}
    return {**kept, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
