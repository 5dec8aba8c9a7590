"""The README is run: its drawings and its code are the committed ones, its commands say what it says they do."""

import json
import re
import subprocess
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from entrypoints.demo import walk
from tests.docs.drawings import in_short
from tests.docs.pages import ROOT, block, blocks_of, text_of
from tests.service.served import Served

README = "README.md"
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("readme")) as served:
        yield served


def test_it_shows_the_lifecycle_a_whole_use_case_and_the_floors() -> None:
    notes = {one.note for one in blocks_of(README)}
    assert "![" in text_of(README)
    assert "(docs/order-lifecycle.svg)" in text_of(README)
    assert "the whole of src/application/ordering/deliver_order.py" in notes
    assert block(README, "docs/dependencies.mmd, in short") == in_short(text_of("docs/dependencies.mmd"))


def test_the_table_of_tests_names_every_folder() -> None:
    folders = {path.relative_to(ROOT).parent.as_posix() for path in (ROOT / "tests").rglob("test_*.py")}
    named = set(re.findall(r"^\| `(tests/[\w/]+)`", text_of(README), re.MULTILINE))
    assert named == folders


def test_serve_greets_as_it_is_shown(served: Served) -> None:
    log = (served.directory / "serve.log").read_text(encoding="utf-8")
    greeting = "".join(line for line in log.splitlines(keepends=True) if not line.startswith("{"))
    assert greeting.replace(f" --base-url {served.url}", "").replace(served.url, ADDRESS) in block(README, "serve")


def test_an_order_is_placed_by_pasting(served: Served, tmp_path: Path) -> None:
    pasted = block(README, "pasted into bash").replace(ADDRESS, served.url)
    ran = subprocess.run(["bash", "-c", pasted], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    order = json.loads(ran.stdout)
    assert order["status"] == "pending"
    assert order["lines"][0]["quantity"] == 2
    shown = json.loads(block(README, "its answer"))
    assert shown.keys() <= order.keys()
    same = ("status", "currency", "total", "fulfilmentStatus", "version")
    assert {name: shown[name] for name in same} == {name: order[name] for name in same}


def test_the_demo_says_what_is_shown(served: Served) -> None:
    printed = StringIO()
    assert walk(served.url, Console(file=printed, highlight=False)) == 0
    said = _without_ids(printed.getvalue())
    for piece in block(README, "demo").partition("\n")[2].split("…\n"):
        assert _without_ids(piece) in said


def _without_ids(text: str) -> str:
    """Ids and numbers differ from run to run."""
    text = re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    return re.sub(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z*~$=]", "NUMBER", text)
