"""`allOf`: several schemas that must all hold, said as one."""

from collections.abc import Callable, Mapping
from typing import Final

from domain.generation.contract import Json
from domain.generation.intake.documents import as_list, as_mapping

Resolve = Callable[[Json], Mapping[str, Json]]
"""Return the schema that a reference leads to; any other schema as it is."""


def merged(schema: Mapping[str, Json], resolve: Resolve) -> Mapping[str, Json]:
    """Return one schema for a schema and all of its `allOf`, however deep; without `allOf` the schema itself."""
    if "allOf" not in schema:
        return schema
    said = {key: value for key, value in schema.items() if key != "allOf"}
    for part in as_list(schema["allOf"]):
        said = _both(said, merged(resolve(part), resolve))
    return said


def _both(one: Mapping[str, Json], other: Mapping[str, Json]) -> dict[str, Json]:
    both = dict(one)
    for key, value in other.items():
        both[key] = _met(key, both[key], value) if key in both else value
    return both


def _met(key: str, one: Json, other: Json) -> Json:
    """Return what holds where both hold. Of notes, what stands nearest counts."""
    return _MEETINGS[key](one, other) if key in _MEETINGS else one


def _properties(one: Json, other: Json) -> Json:
    named = {**as_mapping(one)}
    for name, value in as_mapping(other).items():
        named[name] = {"allOf": (named[name], value)} if name in named and named[name] != value else value
    return named


def _required(one: Json, other: Json) -> Json:
    return tuple(dict.fromkeys((*as_list(one), *as_list(other))))


def _enum(one: Json, other: Json) -> Json:
    return tuple(value for value in as_list(one) if value in as_list(other))


def _additional(one: Json, other: Json) -> Json:
    if False in (one, other):
        return False
    return other if one is True else one


def _larger(one: Json, other: Json) -> Json:
    return max(one, other) if isinstance(one, int | float) and isinstance(other, int | float) else one


def _smaller(one: Json, other: Json) -> Json:
    return min(one, other) if isinstance(one, int | float) and isinstance(other, int | float) else one


def _either(one: Json, other: Json) -> Json:
    return one is True or other is True


def _types(one: Json, other: Json) -> Json:
    ones = one if isinstance(one, tuple) else (one,)
    others = other if isinstance(other, tuple) else (other,)
    common = tuple(kind for kind in ones if kind in others or (kind == "integer" and "number" in others))
    if not common and "integer" in others and "number" in ones:
        common = ("integer",)
    return common[0] if len(common) == 1 else common


_MEETINGS: Final[Mapping[str, Callable[[Json, Json], Json]]] = {
    "properties": _properties,
    "required": _required,
    "enum": _enum,
    "type": _types,
    "additionalProperties": _additional,
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), _larger),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), _smaller),
    **dict.fromkeys(("uniqueItems", "readOnly", "writeOnly", "deprecated"), _either),
}
