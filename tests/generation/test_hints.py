"""The vocabulary of hints: published as a JSON Schema, in step with the table; what is written otherwise is located."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from domain.generation.intake.hinting import VOCABULARY, published
from tests.generation.conftest import Read
from tests.generation.test_intake import GET, HEAD

SCHEMA = Path(__file__).resolve().parents[2] / "contracts" / "orderwright-hints.schema.json"


def test_the_published_schema_is_the_table() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json.loads(json.dumps(published()))


def test_the_published_schema_is_one() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert validator.is_valid({"x-orderwright-ignore": {"reason": "old"}, "x-other": 1})
    assert not validator.is_valid({"x-orderwright-ignored": {"reason": "old"}})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("entity", "{does: fly}"), ("lifecycle", "{transitions: [{trigger: a, to: b}]}"), ("unique", "3"),
        ("money", "{}"), ("source", "thin-air"), ("owner", "[]"), ("rate-limit", "{requests: 0, seconds: 1}"),
        ("idempotent", "true"), ("renamed-from", "''"), ("ignore", "{}"),
    ],
)  # fmt: skip
def test_a_hint_written_otherwise_is_an_error_with_its_place(reading: Read, name: str, value: str) -> None:
    intake = reading(f"{HEAD}paths:\n  /a:\n    get: {GET[:-1]}, x-orderwright-{name}: {value}}}")
    said = [each for each in intake.diagnostics if f"x-orderwright-{name}" in each.message]
    assert said, [str(each) for each in intake.diagnostics]
    assert not intake.good
    assert said[0].origin.line > 0
    assert said[0].origin.pointer.startswith(f"/paths/~1a/get/x-orderwright-{name}")


def test_every_hint_has_a_wrong_example_above() -> None:
    cases = {mark.args[1][index][0] for mark in test_a_hint_written_otherwise_is_an_error_with_its_place.pytestmark
             for index in range(len(mark.args[1]))}  # fmt: skip
    assert cases == set(VOCABULARY)
