"""How many: items and units, so many for each actor, so many in a time."""

from collections.abc import Iterator
from typing import Final

from domain.generation.derivation.naming import singular, words
from domain.generation.entities import Entity
from domain.generation.rules import Bound, Limit, Measure, Quota, Rate
from domain.generation.stories.matching import Made, Matched, Template, whole
from domain.generation.stories.vocabulary import Deeds, ListAt

_LINES: Final = {"line", "lines", "different item", "different items", "distinct item", "distinct items"}
_UNITS: Final = {"unit", "units", "piece", "pieces", "item in total", "items in total", "units in total"}


def _limit(bound: Bound, found: Matched) -> Iterator[Made]:
    for entity in found.entities():
        for list_, measure in _counted(found, entity):
            for number in whole(found.number()):
                most = bound is Bound.AT_MOST
                units = measure is Measure.UNITS
                what = f"units of {list_.quantity} in {list_.name}" if units else f"elements of {list_.name}"
                kind = "units" if units else list_.name.replace("_", "-")
                yield found.rule(
                    Limit,
                    entity.name,
                    f"max-{kind}-exceeded" if most else f"min-{kind}-not-met",
                    f"{entity.name}: {bound.replace('-', ' ')} {number} {what}",
                    bound=bound,
                    measure=measure,
                    number=number,
                    field=list_.name,
                    of=list_.quantity if measure is Measure.UNITS else None,
                )


def _counted(found: Matched, entity: Entity) -> Iterator[tuple[ListAt, Measure]]:
    """The lists that are meant, and what of them is counted: both where nothing says whether lines or units."""
    said = found.said("counted")
    lists = found.vocabulary.lists(entity.name)
    named = tuple(each for each in lists if singular(words(each.name)[-1]) == singular(said.split()[-1]))
    several = named or tuple(each for each in lists if each.quantity) or tuple(each for each in lists if each.element)
    for each in several:
        plain_name = bool(named) and not said.startswith("item")
        settled = _settled(found, entity, each)
        if said in _UNITS:
            measures: tuple[Measure, ...] = (Measure.UNITS,)
        elif said in _LINES or each.quantity is None or plain_name:
            measures = (Measure.LINES,)
        else:
            measures = (settled,) if settled else (Measure.LINES, Measure.UNITS)
        for measure in measures:
            if measure is Measure.LINES or each.quantity is not None:
                yield each, measure


def _settled(found: Matched, entity: Entity, list_: ListAt) -> Measure | None:
    """What the contract says of it outright: a maximum of lines, or a description that speaks of units."""
    if list_.shape.most is not None and list_.shape.most == found.number():
        return Measure.LINES
    said = " ".join(
        member.description.lower()
        for record in found.vocabulary.specification.shapes.records
        for member in record.members
        if {"items", singular(words(entity.name)[-1])} <= set(words(member.wire))
    )
    units, lines = (bool(each & set(words(said))) for each in ({"unit", "units"}, {"line", "lines", "different"}))
    return (Measure.UNITS if units else Measure.LINES) if units != lines else None


def _at_most(found: Matched) -> Iterator[Made]:
    yield from _limit(Bound.AT_MOST, found)


def _at_least(found: Matched) -> Iterator[Made]:
    yield from _limit(Bound.AT_LEAST, found)


def _quota(found: Matched) -> Iterator[Made]:
    for entity in found.entities():
        states = found.states(entity) if found.has("state") else ()
        makes = found.deeds(Deeds.MAKE, of=entity) or not found.has("deed")
        if makes and (states or not found.has("state")):
            for number in whole(found.number()):
                which = f" that are {' or '.join(states)}" if states else ""
                words_ = f"each actor has at most {number} of {entity.name}{which}"
                yield found.rule(
                    Quota, entity.name, f"{entity.plural}-quota", words_, number=number, states=states
                )  # fmt: skip


def _rate(found: Matched) -> Iterator[Made]:
    period = found.said("period").split(" ", 1)[1].removeprefix("any ")
    seconds = Matched(found.vocabulary, found.origin, found.text, found.template, {"duration": period}).seconds()
    for entity in found.entities():
        for deed in found.deeds(of=entity):
            for number in whole(found.number()):
                words_ = f"each actor may {deed.operation} {number} times within {seconds} s"
                yield found.rule(
                    Rate, entity.name, "rate-exceeded", words_, operation=deed.operation, number=number,
                    seconds=seconds,
                )  # fmt: skip


_TIME: Final = "[at a time|at once|at the same time|at any time|at any one time|each]"

TEMPLATES: Final = (
    Template("at-most", "Limit", "An <entity> can have at most <number> <list>.", (
        "(no <actor> %may|%nobody|<actor> %cannot) (<deed>|put|have) %more_than <number> <counted> %every <entity>",
        "<actor> %can (<deed>|put|have) %at_most <number> <counted> %every <entity>",
        "<entity> [%can] [%only] %have [%only] %at_most <number> <counted>",
        "(no <entity> [%may]|<entity> %cannot) %have %more_than <number> <counted>",
        "[there (%can|can be)] %at_most <number> <counted> [are allowed|is allowed] %every <entity>",
    ), _at_most),
    Template("at-least", "Limit", "An <entity> must have at least <number> <list>.", (
        "<entity> [%can] %have %at_least <number> <counted>",
        "<entity> %cannot %have (fewer than|less than) <number> <counted>",
        "%at_least <number> <counted> (are required|is required|are needed|is needed) %every <entity>",
    ), _at_least),
    Template("quota", "Quota", "A <role> may have at most <number> <state> <entities>.", (
        f"<actor> %can [%only] (have|hold|<deed>) %at_most <number> [<state>] <entity> {_TIME}",
        f"(no <actor> %may|%nobody|<actor> %cannot) (have|hold|<deed>) %more_than <number> [<state>] <entity> {_TIME}",
        f"<actor> has %at_most <number> [<state>] <entity> {_TIME}",
        f"%at_most <number> [<state>] <entity> (per|for each|for every) <actor> {_TIME}",
    ), _quota),
    Template("rate", "Rate", "A <role> can <action> at most <number> <entities> per <time>.", (
        "<actor> %can [%only] <deed> %at_most <number> <entity> <period>",
        "(no <actor> %may|%nobody|<actor> %cannot) <deed> %more_than <number> <entity> <period>",
        "<actor> %can [%only] <deed> <entity> %at_most <number> times <period>",
        "(no <actor> %may|%nobody|<actor> %cannot) <deed> <entity> %more_than <number> times <period>",
        "%at_most <number> <entity> (%can|can be|may be) <deed> per <actor> <period>",
    ), _rate),
)  # fmt: skip
