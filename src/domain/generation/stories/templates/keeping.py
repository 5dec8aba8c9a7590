"""What fields keep: prices as they were, bounds, sums, no two alike, no change, never below zero."""

from collections.abc import Iterator
from typing import Final

from domain.generation.derivation.naming import singular, words
from domain.generation.entities import Entity
from domain.generation.rules import Immutable, NotBelowZero, Range, Snapshot, Sum, Unique
from domain.generation.shapes import Number, Whole
from domain.generation.stories.matching import Against, Made, Matched, Template
from domain.generation.stories.vocabulary import Deeds, FieldAt

_MONEY: Final = {"price", "amount", "total", "fee", "cost", "discount", "value", "rate", "balance"}


def _snapshot(found: Matched) -> Iterator[Made]:
    for entity in found.entities("made"):
        for field in found.fields(entity, "head"):
            for of in _referred(found, entity, field):
                said = f"{field.path} keeps what {of.entity}.{of.name} was when the {entity.name} was made"
                yield found.rule(
                    Snapshot, entity.name, f"{field.name.replace('_', '-')}-kept", said, field=field.path,
                    of_entity=of.entity, of_field=of.name,
                )  # fmt: skip


def _referred(found: Matched, entity: Entity, field: FieldAt) -> Iterator[FieldAt]:
    """The fields of another entity that it may be copied from: one that stands beside it names that entity."""
    beside = {
        each.name
        for each in _all(found, entity)
        if each.within == field.within
    }  # fmt: skip
    for other in found.vocabulary.specification.entities:
        named = "_".join(words(other.name))
        if other.name == entity.name or not beside & {f"{named}_id", named, f"{named}_{other.key}"}:
            continue
        fields = found.vocabulary.fields(other.name)
        same = [each for each in fields if each.name == field.name]
        heads = [each for each in fields if words(each.name)[-1] == words(field.name)[-1]]
        yield from same or heads


def _all(found: Matched, entity: Entity) -> tuple[FieldAt, ...]:
    known = {each for means in found.vocabulary.kinds["field"].values() for each in means if isinstance(each, FieldAt)}
    return tuple(each for each in known if each.entity == entity.name)


def _range(found: Matched) -> Iterator[Made]:
    for field in found.fields():
        least = found.number("number") if "number" in found.slots and found.has("number") else None
        most = found.number("other_number") if found.has("other_number") else None
        if not isinstance(field.shape, Whole | Number):
            continue
        if least is not None and most is not None and least > most:
            yield Against(f"no number is at least {least:g} and at most {most:g}")
            continue
        if isinstance(field.shape, Whole) and words(field.name)[-1] in _MONEY and (least or most):
            for unit, times in (("of the smallest unit", 1), ("whole units of money", 100)):
                yield _bounds(found, field, least and least * times, most and most * times, f" {unit}")
            continue
        yield _bounds(found, field, least, most)


def _bounds(found: Matched, field: FieldAt, least: float | None, most: float | None, unit: str = "") -> Made:
    low = f"at least {least:g}" if least is not None else ""
    high = f"at most {most:g}" if most is not None else ""
    said = f"{field.entity}.{field.path} is {' and '.join(each for each in (low, high) if each)}{unit}"
    code = f"{field.name.replace('_', '-')}-out-of-range"
    return found.rule(Range, field.entity, code, said, field=field.path, least=least, most=most)


def _sum(found: Matched) -> Iterator[Made]:
    for field in found.fields():
        for list_ in found.vocabulary.lists(field.entity):
            if found.has("list") and list_ not in found.vocabulary.meanings("list", found.said("list")):
                continue
            names = {member.name for member in list_.element.members} if list_.element else set()
            factors = tuple(
                each.name
                for slot in ("field_2", "field_3")
                for each in found.fields(slot=slot)
                if each.entity == field.entity and each.within == list_.name and each.name in names
            )
            if field.within is None and len(factors) == sum(found.has(slot) for slot in ("field_2", "field_3")):
                said = f"{field.name} is the sum of {' × '.join(factors)} over {list_.name}"
                yield found.rule(
                    Sum, field.entity, f"{field.name.replace('_', '-')}-differs", said, field=field.name,
                    list_field=list_.name, factors=factors,
                )  # fmt: skip


def _unique(found: Matched) -> Iterator[Made]:
    for field in found.fields():
        entity = found.vocabulary.entity(field.entity)
        if field.within is not None or (found.has("entity") and entity not in found.entities()):
            continue
        scopes = list(_scopes(found, entity)) if found.has("other_field") or found.has("other_entity") else [()]
        for within in scopes:
            scope = f" within one {within[0]}" if within else ""
            said = f"no two of {entity.name} have the same {field.name}{scope}"
            yield found.rule(
                Unique, entity.name, f"{field.name.replace('_', '-')}-taken", said, fields=(field.name,), within=within
            )


def _scopes(found: Matched, entity: Entity) -> Iterator[tuple[str, ...]]:
    """The field that holds what is said after `within`: that field itself, or the key of that entity."""
    said = found.said("other_field") or found.said("other_entity")
    named = tuple(each.name for each in found.fields(entity, "other_field") if each.within is None)
    keys = tuple(
        each.name for each in entity.fields if each.name in {f"{singular(said)}_id", singular(said).replace(" ", "_")}
    )
    yield from ((each,) for each in dict.fromkeys((*named, *keys)))


def _once(found: Matched) -> Iterator[Made]:
    for about in found.entities():
        for deed in found.deeds(Deeds.MAKE):
            entity = found.vocabulary.entity(deed.entity)
            key = f"{'_'.join(words(about.name))}_id"
            within = () if entity == about else (key,)
            if entity == about or entity.field(key) is not None:
                said = f"each actor makes one of {entity.name}{f' for each {about.name}' if within else ''}"
                yield found.rule(
                    Unique, entity.name, f"{entity.name.lower()}-already-made", said, fields=(), within=within,
                    once_per_actor=True,
                )  # fmt: skip


def _immutable(found: Matched) -> Iterator[Made]:
    if found.has("field"):
        for field in found.fields():
            entity = found.vocabulary.entity(field.entity)
            if field.within is None and (not found.has("entity") or entity in found.entities()):
                yield from _kept(found, entity, (field.name,))
    else:
        for entity in found.entities():
            yield from _kept(found, entity, ())


def _kept(found: Matched, entity: Entity, fields: tuple[str, ...]) -> Iterator[Made]:
    states = found.states(entity) if found.has("state") else ()
    if states or not found.has("state"):
        when = f"once it is {' or '.join(states)}" if states else "from the start"
        said = f"{', '.join(fields) or 'nothing'} of {entity.name} {'does not change' if fields else 'changes'} {when}"
        yield found.rule(Immutable, entity.name, "immutable", said, fields=fields, states=states)


def _zero(found: Matched) -> Iterator[Made]:
    slot = "stock" if found.has("stock") else "field"
    for field in found.fields(slot=slot):
        if isinstance(field.shape, Whole | Number):
            said = f"{field.entity}.{field.path} never goes below zero"
            code = f"{field.name.replace('_', '-')}-below-zero"
            yield found.rule(NotBelowZero, field.entity, code, said, field=field.path)


_MOMENT: Final = "(at the moment of|at the time of|at|when|on|upon|during|once)"
_FROM: Final = "(once|after|when|if|as soon as|from the moment) [it is|they are|it has been|they have been|%is]"

TEMPLATES: Final = (
    Template("snapshot", "Snapshot", "The <field> is fixed when the <entity> is made.", (
        f"<head> %is (locked|fixed|frozen|captured|copied|snapshotted|locked in) {_MOMENT} <made>",
        "<head> (stay|stays|remain|remains) (fixed|frozen|the same|locked) (after|once|from) <made>",
    ), _snapshot),
    Template("range", "Range", "The <field> must be between <number> and <number>.", (
        ("<field> [%can] (be|is|are|lie|lies|range|ranges|go|goes) (between <number> and <other_number>|"
        "from <number> to <other_number>)"),
        "<field> [%can] (be|is|are) %at_least <number>",
        "<field> [%can] (be|is|are) %at_most <other_number>",
        "<field> %cannot (exceed|be more than|be greater than|be higher than|be over|be above) <other_number>",
        "<field> %cannot be (less than|below|under|smaller than|lower than) <number>",
    ), _range),
    Template("sum", "Sum", "The <field> is the sum of <field> times <field> over all <list>.", (
        ("<field> [%can] (is|are|equals|be) [always] [the] [sum of] <field_2> (times|×|*|x|multiplied by) <field_3> "
        "(over|of|across|for|in) <list>"),
        "<field> [%can] (is|are|equals|be) [always] the sum of <field_2> (over|of|across|for|in) <list>",
    ), _sum),
    Template("unique", "Unique", "The <field> of an <entity> must be unique [within a <field>].", (
        "<field> [of <entity>] (%must be|is|are) unique [(within|per|in|for each) (<other_field>|<other_entity>)]",
        "no two <entity> [(in|of|within) the same (<other_field>|<other_entity>)] [%can] (have|share) the same <field>",
        "two <entity> %cannot (have|share) the same <field>",
        "(there cannot be|there must not be) two <entity> with the same <field>",
    ), _unique),
    Template("once", "Unique", "A <role> can <action> a <entity> only once.", (
        "<actor> %may <deed> <entity> (only once|once only|at most once|just once|once)",
        "<actor> %can only <deed> <entity> once",
        "(no <actor> %may|%nobody|<actor> %cannot) <deed> <entity> (twice|more than once|again)",
    ), _once),
    Template("immutable", "Immutable", "An <entity> cannot be changed once it is <state>.", (
        f"(<entity>|<field> [of <entity>]) %cannot be %change [any more] [{_FROM} <state>]",
        f"{_FROM} <state> (<entity>|<field> [of <entity>]) %cannot be %change [any more]",
        f"(<entity>|<field> [of <entity>]) (is|are) (immutable|read only|frozen|final) [{_FROM} <state>]",
    ), _immutable),
    Template("not-below-zero", "NotBelowZero", "The <field> can never go below zero.", (
        "(<stock>|<field>) %cannot (be negative|go negative|become negative|(go|drop|fall|be|sink) below (zero|0))",
        "(<stock>|<field>) (is|are) never (negative|below zero|below 0)",
        "(<stock>|<field>) never (goes|drops|falls) (negative|below zero|below 0)",
        "(<stock>|<field>) must (stay|remain) (positive or zero|at or above zero|zero or more)",
    ), _zero),
)  # fmt: skip
