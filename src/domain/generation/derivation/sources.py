"""Where a field's value comes from (D5, D6): a table of rules, the first that fits counts. No rule: it is reported."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from domain.generation.contract import Json
from domain.generation.derivation.naming import singular, words
from domain.generation.entities import FieldSource
from domain.generation.origin import Because, Confidence
from domain.generation.shapes import Choice, Format, Free, ListOf, Member, Shape, Text, Whole

_CREATED: Final = frozenset(
    {"created", "creation", "placed", "added", "inserted", "registered", "scheduled", "submitted", "entered"}
)
_UPDATED: Final = frozenset({"updated", "modified", "changed", "update", "modification"})
_TIME: Final = frozenset({"at", "on", "date", "time", "timestamp", "utc", "datetime"})
_VERSION: Final = frozenset({"version", "revision"})
_OWNER: Final = ({"owner"}, {"author"}, {"creator"}, {"user", "id"}, {"owner", "id"}, {"created", "by"}, {"username"})
_CODE: Final = frozenset({"code", "number", "reference", "slug"})
_SAID: Final = frozenset({"message", "description", "title", "text"})
_STATUS: Final = frozenset({"status", "state", "phase"})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about one field: who names it, and what the entity's operations say of it."""

    member: Member
    in_create: bool
    in_change: bool
    is_key: bool
    chosen_key: bool
    """The caller chooses the key, in the path of a PUT."""
    parent: bool
    """It is the key of what is around it, and stands in the path."""
    known_callers: bool
    """Callers say who they are."""
    acts: bool
    """Something is done to one of them by a verb behind its path, or a hint gives it a lifecycle."""
    own: frozenset[str]
    """The words of the entity's names."""
    lists: tuple[str, ...]
    example: Json


Rule = tuple[FieldSource, str, Confidence, Callable[[Question], bool]]


def source_of(question: Question) -> tuple[FieldSource, Because]:
    """Return the source of a field, and by which rule."""
    for source, says, confidence, fits in RULES:
        if fits(question):
            return source, Because("D5", f"{question.member.wire}: {says}", confidence)
    words_ = f"{question.member.wire}: it is in the answers alone, and nothing says where it comes from"
    return FieldSource.UNKNOWN, Because("D5", words_)


def is_status(member: Member) -> bool:
    """D8: a property named `…status`, `…state` or `…phase` with an enum."""
    said = words(member.wire)
    return bool(said) and said[-1] in _STATUS and isinstance(member.shape, Choice) and len(member.shape.values) > 1


def _is_instant(shape: Shape) -> bool:
    return isinstance(shape, Text) and shape.format in {Format.INSTANT, Format.DAY, Format.PLAIN}


def _moment(question: Question, names: frozenset[str]) -> bool:
    said = set(words(question.member.wire))
    return bool(said & names) and said <= names | _TIME | question.own and _is_instant(question.member.shape)


def _when(question: Question) -> bool:
    """`at`, `timestamp`: when, and nothing else; an instant, not a day that something is about."""
    said = set(words(question.member.wire))
    shape = question.member.shape
    return bool(said) and said <= _TIME and isinstance(shape, Text) and shape.format is Format.INSTANT


def _counts(question: Question) -> bool:
    *said, last = words(question.member.wire) or ("",)
    lists = {singular(words(name)[-1]) for name in question.lists if words(name)}
    return isinstance(question.member.shape, Whole) and last == "count" and bool(said) and singular(said[-1]) in lists


def _owner(question: Question) -> bool:
    said = set(words(question.member.wire))
    if said - {"id"} <= question.own:
        return False  # the entity's own name: it names itself
    return question.known_callers and isinstance(question.member.shape, Text) and any(said == each for each in _OWNER)


def _code(question: Question) -> bool:
    said = words(question.member.wire)
    shape = question.member.shape
    plain = isinstance(shape, Text) and shape.format is Format.PLAIN and shape.pattern is None
    return bool(said) and said[-1] in _CODE and plain


def _constant(question: Question) -> bool:
    shape = question.member.shape
    return isinstance(shape, Choice) and len(shape.values) == 1


def _text(question: Question) -> bool:
    said = words(question.member.wire)
    return bool(said) and said[-1] in _SAID and isinstance(question.member.shape, Text) and question.example is not None


def _empty(question: Question) -> bool:
    shape = question.member.shape
    return (isinstance(shape, ListOf) and not shape.fewest) or (isinstance(shape, Free) and shape.objects_only)


RULES: Final[tuple[Rule, ...]] = (
    (FieldSource.PATH, "the path says it", Confidence.SAID, lambda it: it.chosen_key or it.parent),
    (FieldSource.CALLER, "the request to make one has it", Confidence.SAID,
     lambda it: it.in_create and not it.member.read_only),
    (FieldSource.ID, "the path of one of them is made from it", Confidence.NAMED, lambda it: it.is_key),
    (FieldSource.STATUS, "it is the status", Confidence.NAMED,
     lambda it: is_status(it.member) and (it.acts or not it.in_change)),
    (FieldSource.CREATED_AT, "when it was made", Confidence.NAMED, lambda it: _moment(it, _CREATED)),
    (FieldSource.CREATED_AT, "when it was made: no other moment is known", Confidence.GUESSABLE, _when),
    (FieldSource.UPDATED_AT, "when it was changed", Confidence.NAMED, lambda it: _moment(it, _UPDATED)),
    (FieldSource.VERSION, "how often it was changed", Confidence.NAMED,
     lambda it: words(it.member.wire)[-1:] in {(each,) for each in _VERSION} and isinstance(it.member.shape, Whole)),
    (FieldSource.OWNER, "who made it", Confidence.NAMED, _owner),
    (FieldSource.COUNT, "how many elements a list of it has", Confidence.NAMED, _counts),
    (FieldSource.CONSTANT, "there is one thing that it can say", Confidence.SAID, _constant),
    (FieldSource.CALLER, "the request to change one has it", Confidence.SAID,
     lambda it: it.in_change and not it.member.read_only),
    (FieldSource.DEFAULT, "the contract has a default", Confidence.SAID, lambda it: it.member.has_default),
    (FieldSource.CODE, "a short text that names it", Confidence.GUESSABLE, _code),
    (FieldSource.CONSTANT, "the contract has an example of what it says", Confidence.GUESSABLE, _text),
    (FieldSource.DEFAULT, "it may be left out", Confidence.GUESSABLE,
     lambda it: not it.member.required or it.member.nullable),
    (FieldSource.DEFAULT, "it begins empty", Confidence.GUESSABLE, _empty),
)  # fmt: skip
"""In the order in which they are asked."""
