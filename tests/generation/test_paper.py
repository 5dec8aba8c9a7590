"""YAML is read as 1.2, and JSON can say all of it."""

import pytest

from adapters.contracts.paper import NotReadable, read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on: off", {"on": "off"}),
        ("no: yes", {"no": "yes"}),
        ("day: 2026-11-23", {"day": "2026-11-23"}),
        ("time: 12:30:45", {"time": "12:30:45"}),
        ("200: ok", {"200": "ok"}),
        ("true: null", {"true": None}),
        ("a: 012", {"a": 12}),
        ("a: 0o17", {"a": 15}),
        ("a: 0xFF", {"a": 255}),
        ("a: 1e3", {"a": 1000.0}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: '1'", {"a": "1"}),
        ("a: |\n  1\n", {"a": "1\n"}),
        ('{"a": [1, true, null, "x"]}', {"a": (1, True, None, "x")}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ("", None),
    ],
)
def test_the_core_schema_decides_and_keys_are_texts(text: str, value: object) -> None:
    assert read(text).value == value


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("a: 1\nb: 2\na: 3", 3, "twice"),
        ("a: .nan", 1, "JSON cannot say"),
        ("a: -.inf", 1, "JSON cannot say"),
        ("a: !!binary aGk=", 1, "beyond JSON"),
        ("a: !!python/object:os.system x", 1, "beyond JSON"),
        ("? [1, 2]\n: 3", 1, "must be a text"),
        ("a: [1, 2", 1, "expected"),
        ("a: 1\n---\nb: 2", 2, "document"),
        ("a: &x [*x]", 1, "undefined|nested"),
    ],
)
def test_what_json_cannot_say_is_refused_with_its_line(text: str, line: int, why: str) -> None:
    with pytest.raises(NotReadable, match=why) as refused:
        read(text)
    assert refused.value.line == line


def test_aliases_that_say_much_with_little_are_refused() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(NotReadable, match="more than"):
        read("\n".join(rows))


def test_everything_has_its_line() -> None:
    paper = read("a:\n  b:\n    - 1\n    - c/d: 2\n")
    assert [paper.line(pointer) for pointer in ("/a", "/a/b", "/a/b/0", "/a/b/1/c~1d", "/a/b/1/not/there")] == [
        1, 2, 3, 4, 4,
    ]  # fmt: skip
