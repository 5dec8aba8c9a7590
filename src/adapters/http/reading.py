"""Reading JSON: msgspec on the fast path; when it refuses, a second pass asks it field by field and reports them all.

Both passes ask the same judge, so they cannot disagree on what is valid.
"""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from itertools import chain, islice
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec

from adapters.http.field_errors import FieldError, field_error
from adapters.http.fields import FieldInvalid
from adapters.http.problems import Rejected

MAX_DEPTH: Final = 32
MAX_ERRORS: Final = 1000
"""More are not reported: an answer must not be many times as long as its request."""


class Invalid(Exception):
    """The body is JSON, but not what the contract says. `errors` are all its invalid fields."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(errors)
        self.errors = errors


def read_json(raw: bytes, type: Any) -> Any:
    """Return the body as a `type`.

    Raises: Invalid, with every invalid field; Rejected (malformed-request), for what is not JSON, names a member
    twice or nests too deep.
    """
    try:
        value = _decoder(type).decode(raw)
    except msgspec.ValidationError as refusal:
        return _read_again(_parsed(raw), type, refusal)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _malformed("The body is not a JSON document in UTF-8.") from None
    _once_each.decode(raw.decode())  # msgspec keeps the last of two members with one name, and says nothing
    return value


def _read_again(whole: Any, type: Any, refusal: msgspec.ValidationError) -> Any:
    """Return what was refused only because it writes a whole number as `5.0`. Raises: Invalid."""
    try:
        return msgspec.convert(whole, type)
    except msgspec.ValidationError:
        raise Invalid(list(islice(invalid_fields(whole, type), MAX_ERRORS)) or [_as_said(refusal)]) from None


def invalid_fields(value: Any, type: Any, pointer: str = "") -> Iterator[FieldError]:
    """Yield every field of `value` that a `type` does not allow, in the order of the type."""
    if isinstance(value, Mapping) and (struct := _struct_in(type)):
        yield from _invalid_members(value, struct, pointer)
    elif isinstance(value, list) and (item := _item_of(type)) is not None:
        length_refused = list(_refusal(value, _any_items(type), pointer))
        yield from length_refused
        for i, part in enumerate(value if not length_refused else value[:1]):
            yield from invalid_fields(part, item, f"{pointer}/{i}")
    else:
        yield from _refusal(value, type, pointer)


def _invalid_members(value: Mapping[str, Any], struct: type[msgspec.Struct], pointer: str) -> Iterator[FieldError]:
    errors = chain(_invalid_fields_of(value, struct, pointer), _refused_by_the_whole(value, struct, pointer))
    if first := next(errors, None):
        yield first
        yield from errors
    else:
        yield from _refusal(value, struct, pointer)


def _refused_by_the_whole(value: Mapping[str, Any], struct: type[msgspec.Struct], pointer: str) -> Iterator[FieldError]:
    """Yield all that the `__post_init__` of the whole says of the fields that are valid by themselves."""
    if not hasattr(struct, "__post_init__"):
        return
    names = {field.encode_name: field.name for field in msgspec.structs.fields(struct)}
    given = {field.name: _converted(value, field) for field in msgspec.structs.fields(struct)}
    while (refused := _raised_by(struct, given)) and given[name := names[refused.name]] is not msgspec.UNSET:
        yield FieldError(f"{pointer}/{refused.name}", refused.code, str(refused))
        given[name] = msgspec.UNSET


def _raised_by(struct: type[msgspec.Struct], given: Mapping[str, Any]) -> FieldInvalid | None:
    try:
        struct(**given)
    except FieldInvalid as refused:
        return refused
    return None


def _converted(value: Mapping[str, Any], field: msgspec.structs.FieldInfo) -> Any:
    """Return what the field says, UNSET where that is nothing or nothing valid."""
    try:
        return msgspec.convert(value[field.encode_name], field.type)
    except (KeyError, msgspec.ValidationError):
        return msgspec.UNSET


def _invalid_fields_of(value: Mapping[str, Any], struct: type[msgspec.Struct], pointer: str) -> Iterator[FieldError]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name, field in fields.items():
        if name in value:
            yield from invalid_fields(value[name], field.type, f"{pointer}/{name}")
        elif field.required:
            yield FieldError(f"{pointer}/{name}", "missing", "This field is required.")
    for name in value if struct.__struct_config__.forbid_unknown_fields else ():
        if name not in fields:
            yield FieldError(f"{pointer}/{_escaped(name)}", "unknown", "There is no such field.")


def _refusal(value: Any, type: Any, pointer: str) -> Iterator[FieldError]:
    try:
        msgspec.convert(value, type)
    except msgspec.ValidationError as refusal:
        if isinstance(reason := refusal.__cause__, FieldInvalid):
            yield FieldError(f"{pointer}/{reason.name}", reason.code, str(reason))
        else:
            yield field_error(pointer, str(refusal))


def _as_said(refusal: msgspec.ValidationError) -> FieldError:
    """Return what the first pass said, where the second found nothing."""
    said, _, path = str(refusal).partition(" - at `$")
    return field_error(path.rstrip("`").replace("[", "/").replace("]", "").replace(".", "/"), said)


def _escaped(name: str) -> str:
    """RFC 6901, section 3."""
    return name[:100].replace("~", "~0").replace("/", "~1")


@cache
def _decoder(type: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(type)


@cache
def _struct_in(type: Any) -> type[msgspec.Struct] | None:
    """Return the Struct that `type` is, or is beside None."""
    if isinstance(type, type_) and issubclass(type, msgspec.Struct):
        return type
    return next(filter(None, map(_struct_in, get_args(type))), None) if get_origin(type) not in _ARRAYS else None


def _item_of(type: Any) -> Any | None:
    """Return the type of the items, if `type` is a list, or is one beside None."""
    if get_origin(type) in _ARRAYS:
        return get_args(type)[0]
    if get_origin(type) is Annotated:
        return _item_of(get_args(type)[0])
    return next((item for part in get_args(type) if (item := _item_of(part)) is not None), None)


def _any_items(type: Any) -> Any:
    """Return the type of a list as long as `type`, or the list beside None in it, allows, of anything."""
    if get_origin(type) is Annotated:
        metas = tuple(part for part in get_args(type)[1:] if isinstance(part, msgspec.Meta))
        return Annotated[(list[Any], *metas)] if metas else list[Any]
    beside = (part for part in get_args(type) if get_origin(type) not in _ARRAYS and _item_of(part) is not None)
    return next(map(_any_items, beside), list[Any])


def _parsed(raw: bytes) -> Any:
    text = raw.decode(errors="strict") if _is_utf8(raw) else None
    if text is None or _too_deep(text):
        raise _malformed(f"The body is not UTF-8, or nests deeper than {MAX_DEPTH} levels.")
    try:
        value = _once_each.decode(text)
        msgspec.json.encode(value)  # refuses what no text can be: half of a surrogate pair
    except ValueError:
        raise _malformed("The body is not a JSON document.") from None
    return value


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _too_deep(text: str) -> bool:
    """Whether it nests deeper than `MAX_DEPTH`: one pass that never goes back, so that no text is slow."""
    depth, in_string = 0, False
    for token in re.finditer(r'\\.|["\[\]{}]', text, re.DOTALL):
        match token[0]:
            case '"':
                in_string = not in_string
            case "[" | "{" if not in_string:
                depth += 1
                if depth > MAX_DEPTH:
                    return True
            case "]" | "}" if not in_string:
                depth -= 1
    return False


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _malformed("A member is named twice in one object.")
    return members


def _number(text: str) -> int | float:
    """Return `5.0` and `5e0` as 5: to JSON Schema it is an integer (2020-12 validation, section 6.1.1; core, 4.2.1)."""
    if _SHORT_NUMBER.fullmatch(text) and (exact := Decimal(text)) == (whole := int(exact)):
        return whole
    return float(text)


def _no_constant(name: str) -> Any:
    raise _malformed(f"{name} is not JSON.")


def _malformed(detail: str) -> Rejected:
    return Rejected("malformed-request", detail)


_SHORT_NUMBER: Final = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?")
_ARRAYS: Final = (list, tuple)
type_: Final = type
_once_each: Final = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_no_constant, parse_float=_number)
