"""Anything frozen as a JSON document: the form in which events keep what a thing was like afterwards."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID


def camel(name: str) -> str:
    """`unit_price` → `unitPrice`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def document(value: object) -> object:
    """Return what `json` can write: dataclasses as objects in camelCase (with what they derive, without what
    they leave untold), instants in UTC.
    """
    shape: Any = type(value)
    return _writer(shape)(value)


def to_json(value: object) -> str:
    return written(document(value))


def written(plain: object) -> str:
    """Return the JSON of what is a document already."""
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


@cache
def _writer(shape: Any) -> Callable[[Any], object]:
    """How values of this type are written; found out once a type."""
    if is_dataclass(shape):
        names = (*(field.name for field in fields(shape)), *getattr(shape, "DERIVED", ()))
        public = tuple((name, camel(name)) for name in names if name not in getattr(shape, "UNTOLD", ()))
        return lambda value: {word: document(getattr(value, name)) for name, word in public}
    return next((write for kind, write in _PLAIN if issubclass(shape, kind)), lambda value: value)


_PLAIN: Final[tuple[tuple[Any, Callable[[Any], object]], ...]] = (
    (datetime, lambda value: value.isoformat().replace("+00:00", "Z")),
    (UUID, str),
    ((tuple, list), lambda value: [document(item) for item in value]),
    (Mapping, lambda value: {key: document(item) for key, item in value.items()}),
)
