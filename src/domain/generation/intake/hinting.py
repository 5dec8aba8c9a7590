"""Hints: what may be said of a contract from outside it, how each is written, where it may stand. A closed vocabulary.

The table is the source of `contracts/orderwright-hints.schema.json`, which editors can read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from domain.generation.contract import Json
from domain.generation.entities import FieldSource
from domain.generation.intake.contracts import HINT
from domain.generation.intake.documents import step

DOES: Final = ("create", "read", "list", "replace", "change", "delete")
"""What an operation may be said to do."""

_NAME: Final[Json] = {"type": "string", "minLength": 1}
_NAMES: Final[Json] = {"type": "array", "items": _NAME, "minItems": 1}
_REASON: Final[Json] = {
    "type": "object", "required": ("reason",), "properties": {"reason": _NAME}, "additionalProperties": False,
}  # fmt: skip
_STEP: Final[Json] = {
    "type": "object",
    "required": ("trigger", "from", "to"),
    "properties": {"trigger": _NAME, "from": {"anyOf": (_NAME, _NAMES)}, "to": _NAME},
    "additionalProperties": False,
}
_SOURCES: Final = tuple(str(source) for source in FieldSource if source is not FieldSource.UNKNOWN)
_COMPARES: Final = ("equal", "one-of", "at-least", "at-most", "after", "before", "contains", "has")


@dataclass(frozen=True, slots=True)
class Hint:
    """What it says, where it may stand, and the JSON Schema of its value."""

    says: str
    places: str
    schema: Json


VOCABULARY: Final[Mapping[str, Hint]] = {
    "entity": Hint(
        "the name of what it is about; of an operation also what it `does`, and which field each key of its path is",
        "an operation, a schema",
        {"anyOf": (_NAME, {
            "type": "object",
            "required": ("name",),
            "properties": {
                "name": _NAME,
                "does": {"enum": DOES},
                "keys": {"type": "object", "additionalProperties": _NAME, "minProperties": 1},
            },
            "additionalProperties": False,
        })},
    ),
    "lifecycle": Hint(
        "the status, what a new one is in, and the steps: `trigger` is an operationId",
        "a schema, an operation",
        {
            "type": "object",
            "properties": {"field": _NAME, "initial": _NAME, "transitions": {"type": "array", "items": _STEP}},
            "additionalProperties": False,
            "minProperties": 1,
        },
    ),
    "unique": Hint(
        "on a schema the fields that no two may share (a list of lists for several), on a property `true`",
        "a schema, a property",
        {"anyOf": ({"const": True}, _NAMES, {"type": "array", "items": _NAMES, "minItems": 1})},
    ),
    "money": Hint(
        "the currency (ISO 4217) of an amount, or the property beside it that says which",
        "a property",
        _NAME,
    ),
    "source": Hint(
        "who says what stands in a property; of a parameter: which field it sorts out, and how it compares",
        "a property, a parameter",
        {"anyOf": (
            {"enum": _SOURCES},
            {
                "type": "object",
                "required": ("is",),
                "properties": {"is": {"enum": _SOURCES}, "value": True, "formula": _NAME},
                "additionalProperties": False,
            },
            {
                "type": "object",
                "required": ("field",),
                "properties": {"field": _NAME, "compares": {"enum": _COMPARES}},
                "additionalProperties": False,
            },
        )},
    ),
    "owner": Hint(
        "on a schema the field that says whose it is, on that property `true`",
        "a schema, a property",
        {"anyOf": ({"const": True}, _NAME)},
    ),
    "rate-limit": Hint(
        "how often one caller may ask, within how many seconds",
        "the document, an operation",
        {
            "type": "object",
            "required": ("requests", "seconds"),
            "properties": {
                "requests": {"type": "integer", "minimum": 1},
                "seconds": {"type": "integer", "minimum": 1},
            },
            "additionalProperties": False,
        },
    ),
    "idempotent": Hint("the header that carries the key of a request", "an operation", _NAME),
    "renamed-from": Hint("what it was called before", "a schema, a property", _NAME),
    "ignore": Hint(
        "it is left out, on purpose", "an operation, a parameter, a response, a schema, a property", _REASON
    ),
}  # fmt: skip
"""`x-orderwright-…`."""


def hints_in(value: Json, pointer: str = "") -> Iterator[tuple[str, str, Json]]:
    """Yield every `x-orderwright-…`: where it stands, its name without the prefix, what it says."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            place = f"{pointer}/{step(key)}"
            if key.startswith(HINT):
                yield place, key.removeprefix(HINT), below
            else:
                yield from hints_in(below, place)
    elif isinstance(value, tuple):
        for index, below in enumerate(value):
            yield from hints_in(below, f"{pointer}/{index}")


def published() -> Mapping[str, Json]:
    """Return the vocabulary as a JSON Schema of whatever hints stand on."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Hints for deriving a service from an OpenAPI contract",
        "description": "Every `x-orderwright-…` that may stand on something in a contract, or in an overlay of it.",
        "type": "object",
        "properties": {
            f"{HINT}{name}": {"description": f"On {hint.places}: {hint.says}.", **_schema(hint)}
            for name, hint in VOCABULARY.items()
        },
        "patternProperties": {f"^{HINT}(?!({'|'.join(VOCABULARY)})$)": False},
    }


def _schema(hint: Hint) -> Mapping[str, Json]:
    return hint.schema if isinstance(hint.schema, Mapping) else {}
