"""Anything frozen as a JSON document: the form in which events keep what a thing was like afterwards."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID


def camel(name: str) -> str:
    """`unit_price` → `unitPrice`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def document(value: object) -> object:
    """Return what `json` can write: dataclasses as objects in camelCase (with what they derive), instants in UTC."""
    match value:
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case UUID():
            return str(value)
        case tuple() | list():
            return [document(item) for item in value]
        case Mapping():
            return {key: document(item) for key, item in value.items()}
        case _ if is_dataclass(value):
            shape: Any = type(value)
            return {public: document(getattr(value, name)) for name, public in _names(shape)}
        case _:
            return value


def to_json(value: object) -> str:
    return json.dumps(document(value), ensure_ascii=False, separators=(",", ":"))


@cache
def _names(shape: Any) -> tuple[tuple[str, str], ...]:
    names = (*(field.name for field in fields(shape)), *getattr(shape, "DERIVED", ()))
    return tuple((name, camel(name)) for name in names)
