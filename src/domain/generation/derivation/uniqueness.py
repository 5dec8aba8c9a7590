"""What no two may share (D12): a hint, the wording of a refusal or of a property, a natural key beside a 409."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from domain.generation.contract import Json, Operation, Response
from domain.generation.derivation.naming import words
from domain.generation.entities import FieldDefinition, FieldSource, Uniqueness
from domain.generation.intake.documents import as_list, texts
from domain.generation.origin import Because, Confidence, Origin
from domain.generation.shapes import Member

_NATURAL: Final = frozenset({"email", "slug", "username", "sku", "isbn"})
_TAKEN: Final = re.compile(
    r"\b(already|taken|duplicate[sd]?|unique|in use|exists|another \w+ (?:has|with)|same)\b", re.IGNORECASE
)
_UNIQUE: Final = re.compile(
    r"\b(?:must be|is|are) unique\b|^unique\b|\bunique (?:name|code|within|across)\b", re.IGNORECASE
)
_GIVEN: Final = frozenset({FieldSource.CALLER, FieldSource.PATH})
_REFUSALS: Final = ("409", "422", "400")


def uniqueness(
    made: Operation | None,
    fields: Sequence[FieldDefinition],
    members: Iterable[Member],
    hinted: Mapping[str, Json],
    origin: Origin,
    parents: tuple[str, ...],
) -> Iterator[Uniqueness]:
    """Yield what is unique, the surest reason first; nothing where nothing says so."""
    status = _status(made)
    known = list(members)
    said = list(_hinted(fields, known, hinted))
    for names, within in said:
        because = Because("H-unique", f"no two have the same {' and '.join(names)}: a hint says so", Confidence.SAID)
        yield Uniqueness(origin=origin, because=because, fields=names, within=within, status=status)
    if said:
        return
    described = {member.wire: member.description for member in known}
    given = [field for field in fields if field.source in _GIVEN and field.shown and words(field.wire)[-1:] != ("id",)]
    for field in fields:
        if field in given and _UNIQUE.search(described.get(field.wire, "")):
            because = Because("D12", f"its description says that {field.wire} is unique", Confidence.SAID)
            yield Uniqueness(origin=field.origin, because=because, fields=(field.name,), status=status)
            return
    conflict = _conflict(made)
    if made is None or conflict is None:
        return
    named, why, confidence = _worded(made, conflict, given)
    if named is not None:
        within = parents if re.search(r"\b(?:in|within|of) (?:this|the same|that)\b", conflict.description) else ()
        because = Because("D12", f"{why}, and {named.wire} names it", confidence)
        yield Uniqueness(
            origin=conflict.origin, because=because, fields=(named.name,), within=within, status=int(conflict.status)
        )


def _hinted(
    fields: Sequence[FieldDefinition], members: Iterable[Member], hinted: Mapping[str, Json]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    by_wire = {field.wire: field.name for field in fields}
    said = as_list(hinted.get("unique"))
    for names in (said,) if texts(said) else said:
        if found := tuple(by_wire[name] for name in texts(names) if name in by_wire):
            yield found, ()
    for member in members:
        if member.hint("unique") is True:
            yield (by_wire[member.wire],), ()


def _worded(
    made: Operation, conflict: Response, given: Sequence[FieldDefinition]
) -> tuple[FieldDefinition | None, str, Confidence]:
    """The field that the words of the refusal name, else those of the operation, else the natural key beside a 409."""
    taken = bool(_TAKEN.search(conflict.description))
    if taken or conflict.status == "409":
        told = set(words(conflict.description))
        for field in given:
            if set(words(field.wire)) <= told:
                return field, f"{conflict.status} of {made.id} speaks of one that is there already", Confidence.SAID
    sentences = re.split(r"(?<=[.!])\s", f"{made.summary}. {made.description}")
    told = {word for sentence in sentences if _TAKEN.search(sentence) for word in words(sentence)}
    for field in given:
        if set(words(field.wire)) <= told:
            return field, f"the words of {made.id} say that it may be there once", Confidence.NAMED
    if conflict.status == "409":
        for field in given:
            if words(field.wire)[-1:] and words(field.wire)[-1] in _NATURAL:
                return field, f"409 is declared for {made.id}", Confidence.NAMED
    return None, "", Confidence.GUESSABLE


def _conflict(made: Operation | None) -> Response | None:
    """The refusal of a second one: 409, else a 422 or 400 whose words say that it is there already."""
    for status in _REFUSALS:
        answer = made.response(status) if made is not None else None
        if answer is not None and (status == "409" or _TAKEN.search(answer.description)):
            return answer
    return None


def _status(made: Operation | None) -> int:
    declared = [status for status in _REFUSALS if made is not None and made.response(status) is not None]
    return int(declared[0]) if declared else 409
