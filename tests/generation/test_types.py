"""Stage 1: the module of records is laid out as the formatter has it, and judges values as JSON Schema does."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.contracts.reader import FileContractReader
from adapters.judging.types import Judged, judge
from adapters.rendering.types import types_module
from application.generation.ports import Papers
from domain.generation.contract import Contract
from domain.generation.derivation.said import Sayings, sayings
from domain.generation.shapes import Free, ListOf, Member, Named, OneOf, Record, Shape
from tests.generation.conftest import CONTRACTS
from tests.generation.test_derivation import CORPUS, OURS
from tests.trials import trials


def read(path: Path) -> Contract | None:
    return FileContractReader().read(Papers(path)).contract


def lenient(said: Sayings, unchecked: tuple[str, ...]) -> tuple[str, ...]:
    """The records that let more through than their schema, by what is reported of them or of one that they hold."""
    loose = {
        record.name
        for record in said.shapes.records
        for pointer in (*unchecked, *(origin.pointer for origin, _ in said.unsaid))
        if f"{pointer}/".startswith(f"{record.origin.pointer}/")
    }
    while True:
        more = {record.name for record in said.shapes.records if loose & set(held(record))} - loose
        if not more:
            return tuple(loose)
        loose |= more


def held(record: Record) -> Iterator[str]:
    for member in record.members:
        yield from named(member)


def named(member: Member) -> Iterator[str]:
    waiting: list[Shape | None] = [member.shape]
    while waiting:
        shape = waiting.pop()
        if isinstance(shape, Named):
            yield shape.record
        elif isinstance(shape, ListOf):
            waiting.append(shape.element)
        elif isinstance(shape, OneOf):
            waiting.extend(shape.shapes)
        elif isinstance(shape, Free):
            waiting.append(shape.values)


def judged(path: Path, room: Path) -> Judged | None:
    contract = read(path)
    if contract is None:
        return None
    said = sayings(contract)
    rendered = types_module(said.shapes, contract.title)
    (room / "formatted.py").write_text(rendered.text)
    loose = lenient(said, tuple(origin.pointer for origin, _ in rendered.unchecked))
    origins = {record.name: record.origin for record in said.shapes.records}
    return judge(rendered.text, contract, origins, room, samples=trials(200, 6), lenient=loose)


@pytest.mark.parametrize("path", [*OURS, *CORPUS], ids=lambda path: path.stem)
def test_a_struct_lets_through_what_its_schema_lets_through(path: Path, tmp_path: Path) -> None:
    said = judged(path, tmp_path)
    if said is None:
        return
    assert [(each.record, each.value, each.schema_says, each.struct_says) for each in said.differences[:5]] == []
    assert said.valid > 0
    assert said.invalid > 0
    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run(
        [str(ruff), "format", "--check", "--diff", "--no-cache", "--isolated", "--line-length", "120", "formatted.py"],
        check=False, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[:3000]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('typing.Literal["available", ', "typing.Literal["),
        ("max_length=200", "max_length=3"),
        ("forbid_unknown_fields=True", "forbid_unknown_fields=False"),
        ("    title: ", "    headline: "),
    ],
)
def test_the_judge_sees_what_is_wrong(tmp_path: Path, was: str, becomes: str) -> None:
    contract = read(CONTRACTS / "library.yaml")
    assert contract is not None
    said = sayings(contract)
    text = types_module(said.shapes, contract.title).text
    assert was in text
    origins = {record.name: record.origin for record in said.shapes.records}
    found = judge(text.replace(was, becomes, 1), contract, origins, tmp_path, samples=40)
    assert found.differences


def test_a_module_that_cannot_be_imported_is_said_to_be_so(tmp_path: Path) -> None:
    contract = read(CONTRACTS / "library.yaml")
    assert contract is not None
    with pytest.raises(SyntaxError):
        judge("class", contract, {}, tmp_path, samples=1)
    with pytest.raises(RuntimeError, match="no_such_module"):
        judge("import no_such_module", contract, {}, tmp_path, samples=1)
