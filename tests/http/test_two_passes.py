"""Two passes read a body, one quick and one thorough: for every body of every operation they judge alike, and as the
served contract does, which a third party holds.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar

from adapters.http.field_errors import CODES, FieldError
from adapters.http.openapi import document
from adapters.http.problems import Rejected
from adapters.http.reading import Invalid, invalid_fields, read_json
from tests.http.near_valid import Place, at, near_valid, places, valid
from tests.trials import trials

Shape = type[msgspec.Struct]
Judge = jsonschema_rs.Draft202012Validator
Check = Callable[[Shape, Judge, Any], None]


def bodies(app: Litestar) -> list[Shape]:
    """Every type of body that an operation takes."""
    found = {operation.body for operation in app.state.operations.values() if operation.body}
    return sorted(found, key=lambda shape: shape.__name__)


def judge_of(app: Litestar, shape: Shape) -> Judge:
    """The component of the contract, as anybody reads it."""
    whole = json.loads(json.dumps(document(app)["components"]))
    return Judge({"$ref": f"#/components/schemas/{shape.__name__}", "components": whole}, validate_formats=True)


def for_every_body(app: Litestar, strategy: Callable[[Shape], st.SearchStrategy[Any]], full: int, check: Check) -> None:
    """Run the check with values for every shape."""
    for shape in bodies(app):
        _try_often(strategy(shape), full, partial(check, shape, judge_of(app, shape)))


def _try_often(values: st.SearchStrategy[Any], full: int, check: Callable[[Any], None]) -> None:
    @settings(max_examples=trials(full, 5), suppress_health_check=list(HealthCheck))
    @given(values)
    def holds(value: Any) -> None:
        check(value)

    holds()


def written(value: Any) -> bytes:
    return json.dumps(value).encode()


def quickly(raw: bytes, shape: Shape) -> bool:
    """Whether the first pass lets it through."""
    try:
        msgspec.json.decode(raw, type=shape)
    except msgspec.ValidationError:
        return False
    return True


def refusal_of(raw: bytes, shape: Shape) -> list[FieldError]:
    """What the client is told, nothing where the body is read."""
    try:
        assert isinstance(read_json(raw, shape), shape)
    except Invalid as invalid:
        return invalid.errors
    return []


def thoroughly(value: Any, shape: Shape) -> list[FieldError]:
    """What the second pass finds, to which 5.0 is 5."""
    return list(invalid_fields(_whole(value), shape))


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _whole(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_whole(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 10**20 else value


def place_of(pointer: str, value: Any) -> Place:
    """Follow a JSON pointer (RFC 6901). Raises: LookupError, where it leads nowhere."""
    place: list[str | int] = []
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        place.append(int(name) if isinstance(value, list) else name)
        value = value[place[-1]]
    return tuple(place)


def leads_somewhere(error: FieldError, value: Any) -> bool:
    """What is missing has a parent that is there, and is not there itself."""
    parent, _, name = error.pointer.rpartition("/")
    try:
        if error.code == "missing":
            return name not in at(value, place_of(parent, value))
        place_of(error.pointer, value)
    except (LookupError, ValueError, TypeError):
        return False
    return True


def related(one: str, other: str) -> bool:
    """Whether one pointer stands at or below the other."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def pointer_of(place: list[str | int]) -> str:
    return "".join(f"/{str(name).replace('~', '~0').replace('/', '~1')}" for name in place)


def test_what_is_valid_passes_all_three(app: Litestar) -> None:
    def check(shape: Shape, judge: Judge, value: Any) -> None:
        assert quickly(written(value), shape)
        assert thoroughly(value, shape) == []
        assert judge.is_valid(value)
        assert isinstance(read_json(written(value), shape), shape)

    for_every_body(app, valid, 200, check)


def test_what_is_nearly_valid_is_judged_alike_and_told_where_it_is_not(app: Litestar) -> None:
    seen: set[str] = set()

    def check(shape: Shape, judge: Judge, value: Any) -> None:
        raw, found = written(value), thoroughly(value, shape)
        wrong = [pointer_of(error.instance_path) for error in judge.iter_errors(value)]
        assert bool(found) == bool(wrong), (found, wrong)
        told = refusal_of(raw, shape)
        seen.update(error.code for error in told)
        assert told == found[: len(told)]
        assert bool(told) == bool(found)
        assert told or quickly(raw, shape) or _has_whole_floats(value)
        for error in told:
            assert not quickly(raw, shape)
            assert error.code in CODES.keys() - {"invalid"}, error
            assert error.message, error
            assert leads_somewhere(error, value), (error, value)
            assert any(related(error.pointer, pointer) for pointer in wrong), (error, wrong)
        for pointer in wrong:
            assert any(related(error.pointer, pointer) for error in told), (pointer, told)

    for_every_body(app, near_valid, 500, check)
    assert seen >= {"missing", "unknown", "type", "format"}


def _has_whole_floats(value: Any) -> bool:
    return any(isinstance(part, float) and part.is_integer() for part in (at(value, place) for place in places(value)))


def test_every_wrong_field_is_told_however_many_there_are(app: Litestar) -> None:
    """Each field of a valid body made wrong in a way that nothing accepts: each has its entry."""

    def check(shape: Shape, _judge: Judge, value: Any) -> None:
        nonsense = {name: [[name]] for name in value}
        if nonsense:
            with pytest.raises(Invalid) as refused:
                read_json(written(nonsense), shape)
            told = [error for error in refused.value.errors if error.code != "missing"]
            assert {error.pointer.split("/")[1] for error in told} == value.keys()

    for_every_body(app, valid, 200, check)


def doubled(value: Any, place: Place) -> str:
    """Write the value, with the member at this place said twice."""
    if not place:
        return json.dumps(value)
    name, *rest = place
    if isinstance(value, list):
        return f"[{', '.join(doubled(part, tuple(rest) if i == name else ()) for i, part in enumerate(value))}]"
    members = []
    for key, part in value.items():
        member = f"{json.dumps(key)}: {doubled(part, tuple(rest) if key == name else ())}"
        members.extend([member] * (2 if key == name and not rest else 1))
    return f"{{{', '.join(members)}}}"


def _members(value: Any) -> Iterator[Place]:
    return (place for place in places(value) if place and isinstance(at(value, place[:-1]), dict))


def test_a_member_that_is_said_twice_is_malformed_whatever_else_is_wrong(app: Litestar) -> None:
    def check(shape: Shape, _judge: Judge, value: Any) -> None:
        for place in list(_members(value))[:5]:
            with pytest.raises(Rejected) as refused:
                read_json(doubled(value, place).encode(), shape)
            assert refused.value.problem.type.slug == "malformed-request"

    for_every_body(app, near_valid, 100, check)


@pytest.mark.parametrize("written", ["1.0000000000000000000000", "1e0000", "1E+000", "1.5", "1e999"])
def test_what_only_the_first_pass_refuses_is_told_in_its_words(app: Litestar, written: str) -> None:
    """A whole number that nobody writes so: to the second pass, too, it is no integer."""
    [shape] = [shape for shape in bodies(app) if shape.__name__ == "AdjustStockBody"]
    with pytest.raises(Invalid) as refused:
        read_json(f'{{"change": {written}, "reason": "received"}}'.encode(), shape)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/change", "type")]
