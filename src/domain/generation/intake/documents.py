"""Walking a document: JSON pointers (RFC 6901), references, and the places where schemas stand."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from domain.generation.contract import Json

Change = Callable[[Mapping[str, Json]], Json]

_ONE: Final = ("items", "not", "additionalProperties", "propertyNames", "contains", "if", "then", "else")
_SEVERAL: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED: Final = ("properties", "patternProperties", "$defs", "dependentSchemas")


def as_mapping(value: Json) -> Mapping[str, Json]:
    """Return the value if it is an object, else an empty one: what is wrong has been said by then."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: Json) -> tuple[Json, ...]:
    return value if isinstance(value, tuple) else ()


def as_text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def texts(value: Json) -> tuple[str, ...]:
    return tuple(each for each in as_list(value) if isinstance(each, str))


def step(name: str | int) -> str:
    """Return a reference token."""
    return str(name).replace("~", "~0").replace("/", "~1")


def steps(pointer: str) -> tuple[str, ...]:
    """Return the tokens of a pointer, unescaped."""
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])


def at(document: Json, pointer: str) -> Json:
    """Return what stands at a pointer.

    Raises: KeyError, when nothing does.
    """
    here = document
    for token in steps(pointer):
        if isinstance(here, Mapping):
            here = here[token]
        elif isinstance(here, tuple) and token.isdecimal() and int(token) < len(here):
            here = here[int(token)]
        else:
            raise KeyError(pointer)
    return here


def references(value: Json, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield every reference under a value: where it stands, and what it says. Examples are not looked into."""
    if isinstance(value, Mapping):
        target = value.get("$ref")
        if isinstance(target, str):
            yield pointer, target
        for key, below in value.items():
            if key not in {"example", "examples", "default", "enum", "const"} or _is_component(pointer):
                yield from references(below, f"{pointer}/{step(key)}")
    elif isinstance(value, tuple):
        for index, below in enumerate(value):
            yield from references(below, f"{pointer}/{index}")


def _is_component(pointer: str) -> bool:
    return pointer == "/components" or pointer.endswith(("/properties", "/schemas"))


def with_schemas(value: Json, change: Change) -> Json:
    """Return the document with every schema in it changed, the inner ones first. Examples stay as they are."""
    if isinstance(value, tuple):
        return tuple(with_schemas(each, change) for each in value)
    if not isinstance(value, Mapping):
        return value
    return {key: _below(key, each, change) for key, each in value.items()}


def _below(key: str, value: Json, change: Change) -> Json:
    if key == "schema":
        return schema_with(value, change)
    if key == "schemas":
        return {name: schema_with(each, change) for name, each in as_mapping(value).items()}
    if key in {"example", "examples"} or key.startswith("x-"):
        return value
    return with_schemas(value, change)


def schema_with(schema: Json, change: Change) -> Json:
    """Return a schema changed, after all schemas in it were."""
    if not isinstance(schema, Mapping):
        return schema
    inner = {key: _inner(key, each, change) for key, each in schema.items()}
    return change(inner)


def _inner(key: str, value: Json, change: Change) -> Json:
    if key in _ONE:
        return schema_with(value, change)
    if key in _SEVERAL:
        return tuple(schema_with(each, change) for each in as_list(value))
    if key in _NAMED:
        return {name: schema_with(each, change) for name, each in as_mapping(value).items()}
    return value
