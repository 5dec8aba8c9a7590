"""requirements.lock and pyproject.toml are in step, and the check that says so notices when they are not."""

import re
import shutil
import subprocess
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.lock import LOCK, PYPROJECT, check, pins

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in (LOCK, PYPROJECT):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def _edit(file: Path, change: Callable[[str], str]) -> None:
    before = file.read_text(encoding="utf-8")
    after = change(before)
    assert after != before, "the fault was not planted"
    file.write_text(after, encoding="utf-8")


def _without(name: str) -> Callable[[str], str]:
    """Takes the entry of `name` out: its line and the indented hashes below."""
    return lambda lock: re.sub(rf"^{name}==.*\n(?: .*\n)*", "", lock, flags=re.MULTILINE)


def test_the_committed_files_are_in_step() -> None:
    assert check(ROOT) == []


def test_a_copy_outside_git_is_in_step(copy: Path) -> None:
    assert check(copy) == []


def test_the_lock_is_complete_so_that_it_installs_without_resolving() -> None:
    locked = {canonicalize_name(pin.name) for pin in pins((ROOT / LOCK).read_text(encoding="utf-8"))}
    missing = {
        f"{name} needs {needed.name}"
        for name in locked
        for needed in map(Requirement, _requires(name))
        if needed.marker is None or needed.marker.evaluate({"extra": ""})
        if canonicalize_name(needed.name) not in locked
    }
    assert missing == set()


def _requires(name: str) -> list[str]:
    try:
        return requires(name) or []
    except PackageNotFoundError:  # for another platform
        return []


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        pytest.param(LOCK, _without("uvloop"), "uvloop of pyproject.toml is missing", id="a requirement is missing"),
        pytest.param(LOCK, _without("greenlet"), "is not in requirements.lock", id="a transitive pin is missing"),
        pytest.param(
            LOCK, lambda text: text.replace("\nlitestar==2", "\nlitestar==1"), "does not satisfy", id="a pin too low"
        ),
        pytest.param(LOCK, lambda text: text.replace("\nh11==0", "\nh11==1"), "constraint h11==1", id="a pin changed"),
        pytest.param(
            LOCK, lambda text: text.replace("\nh11==", "\nh11>="), "not `name==version`", id="a pin that is a range"
        ),
        pytest.param(
            LOCK, lambda text: text.replace("\nh11==", "\n# via x\nh11=="), "not `name==version`", id="a remark"
        ),
        pytest.param(
            LOCK, lambda text: f"--index-url https://packages.example/simple\n{text}", "names a place", id="an index"
        ),
        pytest.param(
            LOCK,
            lambda text: text.replace("\nh11==0.16.0", "\nh11 @ https://files.example/h11.whl"),
            "names a place",
            id="a URL for a package",
        ),
        pytest.param(LOCK, lambda text: f"{text}tomlkit==0.13.0\n", "tomlkit has no hash", id="a pin without hashes"),
        pytest.param(
            PYPROJECT,
            lambda text: text.replace('    "h11==', '    "h11==9'),
            "is not in requirements.lock",
            id="a constraint changed",
        ),
        pytest.param(
            PYPROJECT,
            lambda text: text.replace('    "uvloop>=', '    "tomlkit",\n    "uvloop>='),
            "tomlkit of pyproject.toml is missing",
            id="a requirement that was not locked",
        ),
        pytest.param(
            PYPROJECT,
            lambda text: text.replace("constraint-dependencies", "override-dependencies"),
            "is missing",
            id="no constraints",
        ),
    ],
)
def test_a_fault_is_found(copy: Path, file: str, change: Callable[[str], str], said: str) -> None:
    _edit(copy / file, change)
    assert [problem for problem in check(copy) if said in problem]


def test_a_tracked_uv_lock_is_found(copy: Path) -> None:
    (copy / "uv.lock").touch()
    subprocess.run(["git", "init", "--quiet"], cwd=copy, check=True)
    subprocess.run(["git", "add", "--force", "uv.lock"], cwd=copy, check=True)
    assert [problem for problem in check(copy) if problem.startswith("uv.lock is tracked")]
