"""`./orderwright` from a bare checkout: what it installs, when it does not, and what it says when it cannot.

Everything it calls is in one directory of stand-ins, so that nothing is downloaded: a uv and a python3 that write down
how they were called and make an environment that consists of a link to this Python.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = [
    "awk",
    "cat",
    "cksum",
    "cp",
    "env",
    "ln",
    "mkdir",
    "mv",
    "ps",
    "readlink",
    "rm",
    "rmdir",
    "sh",
    "sleep",
    "tail",
    "touch",
]

UV = """#!/bin/sh
echo "uv $1 $2" >>"{calls}"
[ ! -f "{broken}" ] || {{ echo "no network today" >&2; exit 2; }}
case $1 in
venv) for made; do :; done; mkdir -p "$made/bin" && ln -s "{python}" "$made/bin/python" ;;
pip) sleep "${{SLOW:-0}}" ;;
esac
"""

# `-m venv` makes an environment whose python answers `-m pip` itself, and where pip brings that uv.
PYTHON3 = """#!/bin/sh
case "$*" in
"-I -m venv "*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python"; echo "python -m venv" >>"{calls}" ;;
"-I -c import pip") ;;
"-I -m pip config"*) echo "$PIP_SAYS" ;;
"-I -m pip install"*)
    [ -z "$PIP_FAILS" ] || {{ echo "no network today" >&2; exit 1; }}
    for list; do :; done
    echo "pip install $(awk -F== '/^[^ ]/ {{ printf "%s ", $1 }}' "$list")" >>"{calls}"
    cp "{uv}" "${{0%/*}}/uv" ;;
*ensurepip*)
    [ -z "$NO_VENV" ] && exec "{python}" "$@"
    exec "{python}" -I -c 'import sys; sys.modules["ensurepip"] = None; exec(sys.argv[1])' "$3" ;;
*) exec "{python}" "$@" ;;
esac
"""

MAIN = """
import json, os, sys
print(json.dumps([sys.argv[1:], os.getcwd(), os.environ["PYTHONPATH"]]))
"""


@dataclass
class Checkout:
    root: Path
    bin: Path
    calls: Path
    broken: Path
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, by: Sequence[str] = (), cwd: Path | None = None) -> tuple[int, str, str]:
        """Exit code, output, messages."""
        done = self.begin(*arguments, by=by, cwd=cwd)
        output, messages = done.communicate(timeout=20)
        return done.returncode, output, messages

    def begin(self, *arguments: str, by: Sequence[str] = (), cwd: Path | None = None) -> "subprocess.Popen[str]":
        command = [*(by or [str(self.root / "orderwright")]), *arguments]
        return subprocess.Popen(
            command,
            cwd=cwd or self.root.parent,
            env={"PATH": str(self.bin), "HOME": str(self.root.parent / "home"), **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    @property
    def venv(self) -> Path:
        return self.root / ".venv"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path / "a check out", tmp_path / "bin", tmp_path / "calls", tmp_path / "broken")
    (made.root / "src" / "entrypoints").mkdir(parents=True)
    made.bin.mkdir()
    (made.root / "src" / "entrypoints" / "__main__.py").write_text(MAIN)
    (made.root / "requirements.lock").write_text("six==1 \\\n    --hash=sha256:1\nuv==2 \\\n    --hash=sha256:2\n")
    shutil.copy(ROOT / "orderwright", made.root)
    for tool in [*TOOLS, "flock"]:
        if found := shutil.which(tool):
            (made.bin / tool).symlink_to(found)
    names = {
        "calls": made.calls,
        "broken": made.broken,
        "uv": tmp_path / "uv",
        "python": Path(sys.executable).resolve(),
    }
    _program(tmp_path / "uv", UV.format(**names))
    (made.bin / "uv").symlink_to(tmp_path / "uv")
    _program(made.bin / "python3", PYTHON3.format(**names))
    return made


@pytest.fixture
def bare(checkout: Checkout) -> Checkout:
    """No uv on the PATH."""
    (checkout.bin / "uv").unlink()
    return checkout


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def test_the_first_start_installs_and_the_second_does_not(checkout: Checkout) -> None:
    code, output, messages = checkout.start("serve", "--data-dir", "a b")
    assert (code, messages) == (0, "Setting up Orderwright (first start) …\n")
    assert output.startswith('[["serve", "--data-dir", "a b"], ')
    installed = checkout.called()
    assert installed == ["uv venv --quiet", "uv pip install"]

    assert checkout.start("serve", "--data-dir", "a b") == (0, output, "")
    assert checkout.called() == installed


def test_it_is_found_through_links_and_leaves_the_directory_and_the_path_alone(
    checkout: Checkout, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    (elsewhere / "json.py").write_text("raise SystemExit('shadowed')")
    (elsewhere / "first").symlink_to("second")
    (elsewhere / "second").symlink_to(checkout.root / "orderwright")
    checkout.environment |= {"PYTHONPATH": "/mine", "CDPATH": "/"}

    expected = f'[[], "{elsewhere}", "{checkout.root}/src:/mine"]\n'
    assert checkout.start(by=["./first"], cwd=elsewhere)[:2] == (0, expected)
    assert checkout.start(by=["sh", "first"], cwd=elsewhere)[:2] == (0, expected)


def test_a_changed_lock_is_installed(checkout: Checkout) -> None:
    checkout.start()
    (checkout.root / "requirements.lock").write_text("six==2\n")
    code, _, messages = checkout.start()
    assert (code, messages.count("Setting up Orderwright again")) == (0, 1)
    assert checkout.called().count("uv pip install") == 2


def test_a_lost_python_is_replaced(checkout: Checkout) -> None:
    checkout.start()
    (checkout.venv / "bin" / "python").unlink()
    (checkout.venv / "bin" / "python").symlink_to("/nonexistent/python")
    assert checkout.start()[0] == 0


def test_an_environment_of_somebody_else_is_completed(checkout: Checkout) -> None:
    (checkout.venv / "bin").mkdir(parents=True)
    (checkout.venv / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    (checkout.venv / "bin" / "mine").touch()
    assert checkout.start()[0] == 0
    assert checkout.called() == ["uv pip install"]
    assert (checkout.venv / "bin" / "mine").exists()


def test_an_installation_that_was_cut_off_is_made_anew(checkout: Checkout) -> None:
    checkout.environment["SLOW"] = "30"
    started = checkout.begin()
    deadline = time.monotonic() + 10
    while "uv pip install" not in checkout.called() and time.monotonic() < deadline:
        time.sleep(0.01)
    (checkout.venv / "lib").mkdir()
    os.killpg(started.pid, signal.SIGKILL)
    started.communicate()
    checkout.environment["SLOW"] = "0"

    assert checkout.start()[0] == 0
    assert not (checkout.venv / "lib").exists()


def test_a_failure_shows_its_reason_and_is_tried_again(bare: Checkout) -> None:
    bare.environment["PIP_FAILS"] = "yes"
    code, _, messages = bare.start()
    assert code == 1
    assert "no network today\norderwright: setting up failed" in messages
    assert bare.start()[0] == 1

    del bare.environment["PIP_FAILS"]
    assert bare.start()[0] == 0


@pytest.mark.parametrize("flock", [True, False])
def test_of_two_starts_at_once_one_installs(checkout: Checkout, flock: bool) -> None:
    if not flock:
        (checkout.bin / "flock").unlink(missing_ok=True)
    checkout.environment["SLOW"] = "0.4"
    both = [checkout.begin(), checkout.begin()]
    messages = "".join(started.communicate(timeout=20)[1] for started in both)
    assert [started.returncode for started in both] == [0, 0]
    assert checkout.called().count("uv pip install") == 1
    assert "Waiting for another start" in messages


def test_a_lock_whose_owner_is_dead_is_cleared_away(checkout: Checkout) -> None:
    (checkout.bin / "flock").unlink(missing_ok=True)
    gone = subprocess.Popen(["true"])
    gone.wait()
    checkout.venv.mkdir()
    (checkout.venv / ".orderwright-lock.owner").symlink_to(str(gone.pid))
    assert checkout.start()[0] == 0
    assert not os.path.lexists(checkout.venv / ".orderwright-lock.owner")


def test_without_uv_pip_fetches_the_locks_uv_and_that_the_rest(bare: Checkout) -> None:
    assert bare.start()[0] == 0
    assert bare.called() == ["python -m venv", "pip install uv ", "uv pip install"]


def test_pip_does_everything_where_it_has_an_index_of_its_own(bare: Checkout) -> None:
    bare.environment["PIP_SAYS"] = "global.index-url='…'"
    assert bare.start()[0] == 0
    assert bare.called() == ["python -m venv", "pip install six uv "]


@pytest.mark.parametrize("on_the_path", [True, False])
def test_pip_does_everything_where_uv_fails(checkout: Checkout, on_the_path: bool) -> None:
    checkout.broken.touch()
    if not on_the_path:
        (checkout.bin / "uv").unlink()
    assert checkout.start()[0] == 0
    assert checkout.called()[-1] == "pip install six uv "


def test_a_checkout_that_cannot_be_written_is_served_from_the_cache(checkout: Checkout, tmp_path: Path) -> None:
    checkout.venv.touch()  # not a directory: nobody, root included, can install there
    checkout.environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    assert checkout.start()[0] == 0
    assert checkout.start()[2] == ""
    assert len(list((tmp_path / "cache" / "orderwright").iterdir())) == 1


def test_no_python_is_said_so(bare: Checkout) -> None:
    (bare.bin / "python3").unlink()
    code, _, messages = bare.start()
    assert code == 1
    assert messages.startswith("orderwright: no Python from 3.11 to 3.14 found")


def test_a_python_of_the_wrong_version_is_passed_over_but_not_if_it_was_asked_for(checkout: Checkout) -> None:
    _program(checkout.bin / "python3.10", "#!/bin/sh\nexit 1\n")
    checkout.environment["PYTHON"] = "python3.10"
    code, _, messages = checkout.start()
    assert code == 1
    assert messages.startswith("orderwright: PYTHON=python3.10 is not a Python from 3.11 to 3.14.")

    del checkout.environment["PYTHON"]
    (checkout.bin / "python3").rename(checkout.bin / "python3.12")
    (checkout.bin / "python3.10").rename(checkout.bin / "python3")
    assert checkout.start()[0] == 0


def test_a_python_without_venv_is_told_what_to_install(bare: Checkout) -> None:
    bare.environment["NO_VENV"] = "yes"
    code, _, messages = bare.start()
    assert code == 1
    assert f"apt-get install python{sys.version_info.major}.{sys.version_info.minor}-venv" in messages
