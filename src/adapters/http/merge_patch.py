"""Merge patches (RFC 7396): what is left out stays, null clears what may be empty, an object changes what it names."""

from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from adapters.http.fields import Request

T = TypeVar("T")


def said(patch: Request, type: type[T]) -> T:
    """Return what a patch says, as the change that the domain takes: a dictionary of what was sent."""
    return msgspec.convert(_sent(patch), type, from_attributes=True)


def _sent(patch: msgspec.Struct) -> dict[str, Any]:
    fields = ((name, getattr(patch, name)) for name in patch.__struct_fields__)
    return {
        name: _sent(value) if isinstance(value, msgspec.Struct) else value
        for name, value in fields
        if value is not UNSET
    }
