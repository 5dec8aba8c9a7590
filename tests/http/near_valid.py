"""Bodies that are valid, and bodies that are nearly so: one or two things wrong, anywhere in them."""

import copy
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from adapters.http.fields import NO_NUL

Place = tuple[str | int, ...]
"""Where a part of a value stands: names and indices from the outside in."""

SOME_DAY, OTHER_DAY = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - the Z is written beside them

TEXT: Final = st.characters(codec="utf-8", exclude_characters="\0")


@cache
def valid(shape: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """JSON values that are a `shape`."""
    return _of(inspect.type_info(shape)).filter(lambda value: _is(value, shape))


def near_valid(shape: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """JSON values that are a `shape`, but for one to three changes, which may be harmless."""

    @st.composite
    def changed(draw: st.DrawFn) -> Any:
        value = draw(valid(shape))
        for _ in range(draw(st.integers(1, 3))):
            value = _changed(draw, value)
        return value

    return changed()


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Yield where every part of the value stands, the whole first."""
    yield here
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from places(part, (*here, name))


def at(value: Any, place: Place) -> Any:
    for name in place:
        value = value[name]
    return value


def _is(value: Any, shape: Any) -> bool:
    try:
        msgspec.convert(value, shape)
    except msgspec.ValidationError:
        return False
    return True


# What is valid


def _texts(kind: inspect.StrType) -> st.SearchStrategy[str]:
    least, most = kind.min_length or 0, kind.max_length or 100
    if kind.pattern in (None, NO_NUL):
        return st.text(TEXT, min_size=least, max_size=min(most, least + 20))
    return _written(kind.pattern).filter(lambda text: least <= len(text) <= most)


@cache
def _written(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True, alphabet=TEXT)


def _objects(kind: inspect.StructType) -> st.SearchStrategy[dict[str, Any]]:
    fields = {field.encode_name: _of(field.type) for field in kind.fields}
    needed = {field.encode_name for field in kind.fields if field.required}
    return st.fixed_dictionaries(
        {name: value for name, value in fields.items() if name in needed},
        optional={name: value for name, value in fields.items() if name not in needed},
    )


def _lists(kind: inspect.ListType) -> st.SearchStrategy[list[Any]]:
    return st.lists(_of(kind.item_type), min_size=kind.min_length or 0, max_size=(kind.min_length or 0) + 2)


STRATEGIES: Final[Mapping[type, Callable[[Any], st.SearchStrategy[Any]]]] = {
    inspect.Metadata: lambda kind: _of(kind.type),
    inspect.StructType: _objects,
    inspect.ListType: _lists,
    inspect.UnionType: lambda kind: st.one_of([_of(one) for one in kind.types]),
    inspect.StrType: _texts,
    inspect.IntType: lambda kind: st.integers(kind.ge, kind.le),
    inspect.DateTimeType: lambda _: st.datetimes(SOME_DAY, OTHER_DAY).map(lambda at: f"{at.isoformat()}Z"),
    inspect.BoolType: lambda _: st.booleans(),
    inspect.NoneType: lambda _: st.none(),
    inspect.EnumType: lambda kind: st.sampled_from([one.value for one in kind.cls]),
    inspect.LiteralType: lambda kind: st.sampled_from(kind.values),
}


def _of(kind: inspect.Type) -> st.SearchStrategy[Any]:
    return STRATEGIES[type(kind)](kind)


# What is wrong

WRONG: Final = st.one_of(
    st.sampled_from(
        [
            None,
            True,
            False,
            0,
            -1,
            1.5,
            10**6 + 1,
            2**53,
            2**64,
            -(2**63) - 1,
            1e300,
            "",
            " ",
            "\0",
            "@",
            "x" * 501,
            [],
            {},
        ]
    ),
    st.integers(-5, 5),
    st.text(TEXT, max_size=3),
)
"""Of another type, beyond bounds, not written as it must be; now and then right all the same."""


def _replaced(draw: st.DrawFn, _part: Any) -> Any:
    return copy.deepcopy(draw(WRONG))


def _nested(draw: st.DrawFn, part: Any) -> Any:
    return draw(st.sampled_from([[part], {"value": part}, [[part], part]]))


def _shorter(draw: st.DrawFn, part: Any) -> Any:
    """Leave out a member, an item or a letter."""
    if not isinstance(part, dict | list | str) or not part:
        return _replaced(draw, part)
    left_out = draw(st.integers(0, len(part) - 1))
    if isinstance(part, dict):
        return {name: value for i, (name, value) in enumerate(part.items()) if i != left_out}
    return part[:left_out] + part[left_out + 1 :]


def _longer(draw: st.DrawFn, part: Any) -> Any:
    """Add a member, an item (or a hundred) or a letter."""
    if isinstance(part, dict):
        return {**part, draw(st.sampled_from(["id", "version", "a/b", "~", "", "0", "x" * 9])): draw(WRONG)}
    if isinstance(part, list):
        return part * draw(st.sampled_from([2, 101])) if part else [draw(WRONG)]
    return part + draw(st.sampled_from(["\0", "\n", " ", "é", "x" * 500])) if isinstance(part, str) else [part]


def _written_otherwise(draw: st.DrawFn, part: Any) -> Any:
    """A whole number with a point, a text in other letters, a number as a text."""
    match part:
        case bool() | None:
            return str(part).lower()
        case int():
            return draw(st.sampled_from([str(part), float(part) if abs(part) < 2**53 else part]))
        case str():
            return part.swapcase()
        case _:
            return str(part)


CHANGES: Final = (_replaced, _nested, _shorter, _longer, _written_otherwise)


def _changed(draw: st.DrawFn, value: Any) -> Any:
    place = draw(st.sampled_from(list(places(value))[:200]))
    change = draw(st.sampled_from(CHANGES))
    return _with(value, place, change(draw, at(value, place)))


def _with(value: Any, place: Place, part: Any) -> Any:
    if not place:
        return part
    name, *rest = place
    changed = copy.copy(value)
    changed[name] = _with(value[name], tuple(rest), part)
    return changed
