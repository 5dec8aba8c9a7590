"""What is wrong with one field: a stable code for programs, and words for people."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from adapters.http.fields import WORDS

CODES: Final[Mapping[str, str]] = {
    "missing": "the field is required",
    "unknown": "there is no such field or parameter",
    "type": "another type of value is expected",
    "format": "the text is not written as it must be",
    "not-one-of": "the value is none of those that are possible",
    "too-short": "the text or the list is too short",
    "too-long": "the text or the list is too long",
    "too-small": "the number is below the least",
    "too-large": "the number is above the most",
    "out-of-range": "no such value can be kept",
    "not-zero": "zero makes no sense here",
    "not-supported": "what the header asks for does not exist here",
    "invalid": "anything else",
}
"""Every code of a validation error, and what it says. A code keeps its meaning for ever; words may change."""

_SAID: Final = (
    (r"missing required field", "missing"),
    (r"unknown field", "unknown"),
    (r"of length >=", "too-short"),
    (r"of length <=", "too-long"),
    (r"Expected `\w+` >=?", "too-small"),
    (r"Expected `\w+` <=?", "too-large"),
    (r"matching regex|^Invalid RFC3339|timezone component", "format"),
    (r"Invalid enum value", "not-one-of"),
    (r"out of range", "out-of-range"),
    (r"Expected `", "type"),
)
"""How msgspec says it, and our code for it: the first that fits."""

_IN_WORDS: Final = {
    **{f"Expected `str` matching regex {pattern!r}": words for pattern, words in WORDS.items()},
    "Invalid RFC3339 encoded datetime": "Expected an instant by RFC 3339, such as 2026-01-31T12:00:00Z.",
    "Expected `datetime` with a timezone component": "Expected an instant that says where: Z, or +01:00.",
}
"""What msgspec says in its own terms, and how people do."""

_CODE: Final = msgspec.Meta(description="; ".join(f"`{code}`: {meaning}" for code, meaning in CODES.items()))


class FieldError(msgspec.Struct, frozen=True):
    """One invalid field: where it stands, a stable code, and a sentence."""

    pointer: str
    code: Annotated[str, _CODE]
    message: str


def field_error(pointer: str, said: str) -> FieldError:
    """Return what msgspec said of the field at `pointer`."""
    said = said.partition(" - at `")[0]
    code = next((code for words, code in _SAID if re.search(words, said)), "invalid")
    return FieldError(pointer, code, _IN_WORDS.get(said) or f"{said}.".replace("`", ""))
