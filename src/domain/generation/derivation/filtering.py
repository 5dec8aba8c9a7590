"""What a query parameter sorts out (D15): a hint, the name of a field, a word for a bound, a flag for a state."""

from collections.abc import Iterator
from typing import Final

from domain.generation.behaviours import Compares, Filter
from domain.generation.contract import Json, Parameter
from domain.generation.derivation import hints
from domain.generation.derivation.envelopes import record_of
from domain.generation.derivation.naming import singular, words
from domain.generation.derivation.said import Said, Sayings
from domain.generation.entities import Entity, FieldDefinition, FieldSource
from domain.generation.intake.documents import as_mapping, as_text
from domain.generation.origin import Because, Confidence
from domain.generation.shapes import Choice, Flag, Format, ListOf, Number, Shape, Text, Whole

_FROM: Final = frozenset({"from", "since", "after", "min", "start", "gte", "gt", "least", "minimum", "starting"})
_TO: Final = frozenset({"to", "until", "before", "max", "end", "lte", "lt", "most", "maximum", "ending"})
_STRICT: Final = frozenset({"after", "before", "lt", "gt"})
_MOMENT: Final = frozenset({"date", "time", "at", "on", "day", "timestamp", "utc", "datetime"})
_SEARCH: Final = frozenset({"q", "query", "search", "keyword", "text"})
_STATES: Final = frozenset({"status", "state", "phase"})


def filter_of(parameter: Parameter, entity: Entity, said: Said, sayings: Sayings) -> Filter | None:
    """Return what a parameter sorts out, the surest reason first; None where nothing says so."""
    shape = sayings.parameters.get((said.operation.id, parameter.name))
    return (
        _hinted(parameter, entity, sayings)
        or _named(parameter, entity, shape)
        or _bound(parameter, entity)
        or _moment(parameter, entity)
        or _search(parameter, entity)
        or _flag(parameter, entity, shape)
        or _inside(parameter, entity, sayings)
    )


def _hinted(parameter: Parameter, entity: Entity, sayings: Sayings) -> Filter | None:
    given = as_mapping(hints.of_part(sayings.contract, parameter).get("source"))
    field = next((each for each in entity.fields if given.get("field") in (each.wire, each.name)), None)
    if field is None:
        return None
    compares = Compares(as_text(given.get("compares")) or "equal")
    because = Because("H-source", f"{parameter.name}: a hint says that it goes for {field.wire}", Confidence.SAID)
    return Filter(
        origin=parameter.origin, because=because, parameter=parameter.name, field=field.name, compares=compares
    )


def _named(parameter: Parameter, entity: Entity, shape: Shape | None) -> Filter | None:
    """It is called as a field, in the singular or the plural, the entity's name before it or not."""
    said = words(parameter.name)
    own = words(entity.name)
    shorter = said[len(own) :] if said[: len(own)] == own and len(said) > len(own) else said
    for spoken in dict.fromkeys((said, shorter)):
        for field in entity.fields:
            if spoken and _same(spoken, words(field.wire)) and not _odd(field.shape):
                return _filter(parameter, field, _equal(field, shape), "it is called as the field")
    return None


def _same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if not one or not other or one[:-1] != other[:-1]:
        return False
    last = {singular(one[-1]), singular(other[-1])}
    return len(last) == 1 or last <= _STATES


def _odd(shape: Shape) -> bool:
    """Nothing that a query could compare with: a record, an object of anything."""
    return not isinstance(shape, Text | Whole | Number | Flag | Choice | ListOf)


def _bound(parameter: Parameter, entity: Entity) -> Filter | None:
    """`createdFrom`, `maxPrice`: a field, and a word for a bound."""
    said = words(parameter.name)
    for field in entity.fields:
        own = words(field.wire)
        rest = [word for word in said if word not in own]
        whole = bool(own) and len(rest) == 1 and [word for word in said if word in own] in ([*own], [own[0]])
        if whole and (compares := _compares(rest[0])):
            return _filter(parameter, field, compares, f"{rest[0]} of the field")
    return None


def _moment(parameter: Parameter, entity: Entity) -> Filter | None:
    """`since`, `startDate`: a word for a bound, and no field but the only moment there is, or when it was made."""
    said = list(words(parameter.name))
    bounds = [word for word in said if word in _FROM | _TO]
    if len(bounds) != 1 or any(word not in _MOMENT for word in said if word != bounds[0]):
        return None
    moments = [field for field in entity.fields if field.shown and _is_moment(field.shape)]
    given = [field for field in moments if field.source is FieldSource.CALLER]
    made = [field for field in moments if field.source is FieldSource.CREATED_AT]
    for few in (moments, given, made):
        if len(few) == 1 and (compares := _compares(bounds[0])):
            return _filter(parameter, few[0], compares, f"{bounds[0]}, and the moment that is meant is")
    return None


def _is_moment(shape: Shape) -> bool:
    inner = shape.element if isinstance(shape, ListOf) else shape
    return isinstance(inner, Text) and inner.format in {Format.DAY, Format.INSTANT}


def _compares(word: str) -> Compares | None:
    if word in _FROM:
        return Compares.AFTER if word in _STRICT else Compares.AT_LEAST
    if word in _TO:
        return Compares.BEFORE if word in _STRICT else Compares.AT_MOST
    return None


def _search(parameter: Parameter, entity: Entity) -> Filter | None:
    if "".join(words(parameter.name)) not in _SEARCH:
        return None
    texts = [field for field in entity.fields if isinstance(field.shape, Text) and field.shown]
    named = [field for field in texts if words(field.wire)[-1:] in {("name",), ("title",)}]
    return _filter(parameter, named[0], Compares.CONTAINS, "a search goes for the name") if named else None


def _flag(parameter: Parameter, entity: Entity, shape: Shape | None) -> Filter | None:
    """`cancelled=true`: a state by its name."""
    for field in entity.fields if isinstance(shape, Flag) else ():
        for value in _choices(field.shape):
            if words(str(value)) == words(parameter.name):
                return _filter(parameter, field, Compares.EQUAL, f"whether it is {value}, says", value)
    return None


def _choices(shape: Shape) -> Iterator[Json]:
    yield from shape.values if isinstance(shape, Choice) else ()


def _inside(parameter: Parameter, entity: Entity, sayings: Sayings) -> Filter | None:
    """`productId` of an order: what a record in a list of it says."""
    said = words(parameter.name)
    for field in entity.fields if len(said) > 1 and said[-1] in {"id", "ids", "sku", "code"} else ():
        record = record_of(field.shape.element, sayings.shapes) if isinstance(field.shape, ListOf) else None
        for member in record.members if record is not None else ():
            if _same(said, words(member.wire)):
                because = Because("D15", f"{parameter.name}: {field.wire} have a {member.wire}", Confidence.NAMED)
                return Filter(
                    origin=parameter.origin, because=because, parameter=parameter.name, field=field.name,
                    compares=Compares.HAS, within=member.wire,
                )  # fmt: skip
    return None


def _equal(field: FieldDefinition, shape: Shape | None) -> Compares:
    if isinstance(field.shape, ListOf):
        return Compares.HAS
    return Compares.ONE_OF if isinstance(shape, ListOf) else Compares.EQUAL


def _filter(parameter: Parameter, field: FieldDefinition, compares: Compares, why: str, value: Json = None) -> Filter:
    because = Because("D15", f"{parameter.name}: {why} {field.wire}", Confidence.NAMED)
    return Filter(
        origin=parameter.origin, because=because, parameter=parameter.name, field=field.name, compares=compares,
        value=value,
    )  # fmt: skip
