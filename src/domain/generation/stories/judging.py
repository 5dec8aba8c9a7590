"""A rule against the contract and against the rules before it: said already, or a witness that both cannot be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any, Final

from domain.generation.entities import FieldSource
from domain.generation.origin import Confidence
from domain.generation.rules import (
    Bound,
    Cascade,
    Idempotent,
    Limit,
    Measure,
    OnlyInState,
    Quota,
    Range,
    Rate,
    RoleOnly,
    Rule,
    SoftDelete,
    Timeout,
    Unique,
    Verdict,
)  # fmt: skip
from domain.generation.shapes import Number, Whole
from domain.generation.stories.vocabulary import Vocabulary

_PAPER: Final = frozenset({"origin", "because", "text", "code"})


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    witness: str = ""


def judged(rule: Rule, earlier: tuple[Rule, ...], vocabulary: Vocabulary) -> Judgement:
    """Return what becomes of a rule that a sentence says: the first thing that is found of it counts."""
    for found in (*_by_contract(rule, vocabulary), *(each for other in earlier for each in _beside(rule, other))):
        return found
    return Judgement(Verdict.OK)


def same(one: Rule, other: Rule) -> bool:
    """Whether two rules say the same, wherever they stand and however they are worded."""
    return type(one) is type(other) and all(
        getattr(one, each.name) == getattr(other, each.name) for each in fields(one) if each.name not in _PAPER
    )


def _by_contract(rule: Rule, vocabulary: Vocabulary) -> Iterator[Judgement]:
    if isinstance(rule, Limit) and rule.measure is Measure.LINES:
        for list_ in vocabulary.lists(rule.entity):
            if list_.name == rule.field:
                yield from _bounds(rule.bound, rule.number, list_.shape.fewest, list_.shape.most)
    if isinstance(rule, Range):
        for field in vocabulary.fields(rule.entity):
            if field.path == rule.field and isinstance(field.shape, Whole | Number):
                yield from _range(rule, field.shape.least, field.shape.most, field.source)
    if isinstance(rule, Unique) and not rule.once_per_actor:
        yield from _unique(rule, vocabulary)
    if isinstance(rule, OnlyInState):
        yield from _lifecycle(rule, vocabulary)


def _unique(rule: Unique, vocabulary: Vocabulary) -> Iterator[Judgement]:
    """Said outright by the contract; what only follows from a name is not said."""
    for known in vocabulary.entity(rule.entity).unique:
        outright = known.because.confidence is Confidence.SAID
        if outright and (known.fields, known.within) == (rule.fields, rule.within):
            yield Judgement(Verdict.REDUNDANT, f"the contract says so ({known.because.rule})")


def _bounds(bound: Bound, number: float, fewest: int | None, most: int | None) -> Iterator[Judgement]:
    if bound is Bound.AT_MOST:
        if fewest is not None and number < fewest:
            yield Judgement(
                Verdict.CONTRADICTS, f"the contract asks for at least {fewest}, the sentence for at most {number:g}"
            )
        if most is not None and most <= number:
            yield Judgement(Verdict.REDUNDANT, f"the contract lets through at most {most}")
    else:
        if most is not None and number > most:
            yield Judgement(
                Verdict.CONTRADICTS, f"the contract lets through at most {most}, the sentence at least {number:g}"
            )
        if fewest is not None and fewest >= number:
            yield Judgement(Verdict.REDUNDANT, f"the contract asks for at least {fewest}")


def _range(rule: Range, least: float | None, most: float | None, source: FieldSource | None) -> Iterator[Judgement]:
    if rule.least is not None and most is not None and rule.least > most:
        yield Judgement(
            Verdict.CONTRADICTS, f"the contract lets through at most {most:g}, the sentence at least {rule.least:g}"
        )
    if rule.most is not None and least is not None and rule.most < least:
        yield Judgement(
            Verdict.CONTRADICTS, f"the contract asks for at least {least:g}, the sentence for at most {rule.most:g}"
        )
    low = rule.least is None or (least is not None and least >= rule.least)
    high = rule.most is None or (most is not None and most <= rule.most)
    if low and high and source is FieldSource.CALLER:
        yield Judgement(Verdict.REDUNDANT, "the contract lets nothing else through")


def _lifecycle(rule: OnlyInState, vocabulary: Vocabulary) -> Iterator[Judgement]:
    """Against what the contract says outright; what only follows from an order gives way to a sentence."""
    life = vocabulary.lifecycle(rule.entity)
    steps = [step for step in life.transitions if step.action == rule.action] if life else []
    if not steps or any(step.because.confidence is Confidence.GUESSABLE for step in steps):
        return
    said, meant = {step.source for step in steps}, set(rule.states)
    if (rule.never and said <= meant) or (not rule.never and not said & meant):
        yield Judgement(
            Verdict.CONTRADICTS, f"the contract says that {rule.action} is possible in {', '.join(sorted(said))}"
        )
    elif (rule.never and not said & meant) or (not rule.never and said == meant):
        yield Judgement(
            Verdict.REDUNDANT, f"the contract says that {rule.action} is possible in {', '.join(sorted(said))}"
        )


def _beside(rule: Rule, other: Rule) -> Iterator[Judgement]:
    line = other.origin.line
    if same(rule, other):
        yield Judgement(Verdict.REDUNDANT, f"line {line} says so")
        return
    for kind, key, value in _ONE_OF_A_KIND:
        if (
            isinstance(rule, kind)
            and isinstance(other, kind)
            and key(rule) == key(other)
            and value(rule) != value(other)
        ):
            yield Judgement(Verdict.CONTRADICTS, f'line {line} says {value(other)}, this {value(rule)}: "{other.text}"')
    if isinstance(rule, Limit) and isinstance(other, Limit):
        yield from _limits(rule, other)
    if isinstance(rule, OnlyInState) and isinstance(other, OnlyInState):
        yield from _states(rule, other)
    if (
        isinstance(rule, Range)
        and isinstance(other, Range)
        and (rule.entity, rule.field) == (other.entity, other.field)
    ):
        least = max((each for each in (rule.least, other.least) if each is not None), default=None)
        most = min((each for each in (rule.most, other.most) if each is not None), default=None)
        if least is not None and most is not None and least > most:
            yield Judgement(Verdict.CONTRADICTS, f"with line {line} it is at least {least:g} and at most {most:g}")


def _limits(rule: Limit, other: Limit) -> Iterator[Judgement]:
    if (rule.entity, rule.field, rule.measure) != (
        other.entity,
        other.field,
        other.measure,
    ) or rule.bound == other.bound:
        return
    least, most = (rule, other) if rule.bound is Bound.AT_LEAST else (other, rule)
    if least.number > most.number:
        where = f"with line {other.origin.line}"
        yield Judgement(Verdict.CONTRADICTS, f"{where} it is at least {least.number:g} and at most {most.number:g}")


def _states(rule: OnlyInState, other: OnlyInState) -> Iterator[Judgement]:
    if (rule.entity, rule.action) != (other.entity, other.action):
        return
    mine, theirs = set(rule.states), set(other.states)
    if not rule.never and not other.never and not mine & theirs:
        yield Judgement(Verdict.CONTRADICTS, f"with line {other.origin.line} no state is left to {rule.action} in")
    if rule.never != other.never:
        only, never = (theirs, mine) if rule.never else (mine, theirs)
        if only <= never:
            yield Judgement(Verdict.CONTRADICTS, f"with line {other.origin.line} no state is left to {rule.action} in")


_Key = Callable[[Any], Any]
_ONE_OF_A_KIND: Final[tuple[tuple[type[Any], _Key, _Key], ...]] = (
    (Limit, lambda it: (it.entity, it.field, it.measure, it.bound), lambda it: it.number),
    (Quota, lambda it: (it.entity, it.states), lambda it: it.number),
    (Rate, lambda it: (it.operation, it.seconds), lambda it: it.number),
    (Timeout, lambda it: (it.entity, it.state, it.action), lambda it: it.seconds),
    (Cascade, lambda it: (it.entity, it.of_entity), lambda it: it.restrict),
    (SoftDelete, lambda it: it.entity, lambda it: it.seconds),
    (Idempotent, lambda it: it.operation, lambda it: it.seconds),
    (RoleOnly, lambda it: (it.entity, it.operations), lambda it: it.roles),
)
"""Rules of which there is one for each key: two that differ in their value cannot both be."""
