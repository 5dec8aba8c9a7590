"""Each of the two tenant walls would do alone; and it is they that hold, for without both the same tests turn red."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.trials import trials

ROOT = Path(__file__).resolve().parents[3]
OPERATIONS = ("tests/tenants", "--ignore", "tests/tenants/test_attackers.py")
"""Every operation over HTTP. (Without both walls: see `check`.)"""

EVERYTHING = ("tests/tenants",)
PORTS = ("tests/contract", "-k", "postgres")

ALWAYS = [(OPERATIONS, ["1"], 0), (OPERATIONS, ["2"], 0)]
THOROUGHLY = [
    (EVERYTHING, ["1"], 0),
    (EVERYTHING, ["2"], 0),
    (PORTS, ["1"], 0),
    (PORTS, ["2"], 0),
    (PORTS, ["1", "2"], 1),
]
"""With all that attackers try, and the contract suite below HTTP."""

RUNS = THOROUGHLY[: trials(len(THOROUGHLY), 0)] or ALWAYS


@pytest.mark.parametrize(("suite", "away", "exit_code"), RUNS, ids=str)
def test_without_a_wall(suite: tuple[str, ...], away: list[str], exit_code: int) -> None:
    options = [word for wall in away for word in ("--without-wall", wall)]
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *suite, *options)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS", "ORDERWRIGHT_THOROUGH", "PYTHONDONTWRITEBYTECODE"):
        environment.pop(name, None)
    ran = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == exit_code, ran.stdout + ran.stderr
    assert ("failed" if exit_code else "passed") in ran.stdout
