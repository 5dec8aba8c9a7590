"""What is wrong or open about the schemas of a contract: notes, each with the place that it is about."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from domain.generation.amounts import Amount, Kind
from domain.generation.behaviours import Behaviour
from domain.generation.derivation.lifecycling import Unsettled
from domain.generation.derivation.said import Sayings
from domain.generation.entities import Entity, FieldSource
from domain.generation.intake.contracts import HINT
from domain.generation.ledger import Outcome
from domain.generation.origin import Because, Origin

_SOURCE: Final = f"{HINT}source on it, or {HINT}ignore: {{reason: …}}"


@dataclass(frozen=True, slots=True)
class Note:
    """About a schema, or something in it: why it is reported, or rejected, and what would settle it."""

    origin: Origin
    outcome: Outcome
    because: Because
    remedy: str


def notes(
    sayings: Sayings,
    entities: Iterable[Entity],
    behaviours: Iterable[Behaviour],
    unsettled: Iterable[Unsettled],
    amounts: Iterable[Amount],
) -> tuple[Note, ...]:
    """Return what is to be said about schemas, the gravest first."""
    found = [
        *_lifecycles(unsettled), *_unsaid(sayings), *_unknown(entities), *_unkept(sayings, behaviours),
        *_floats(amounts),
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda note: note.outcome is not Outcome.REJECTED))


def _lifecycles(unsettled: Iterable[Unsettled]) -> Iterator[Note]:
    for each in unsettled:
        if each.wrong:
            yield Note(each.origin, Outcome.REJECTED, Because("H-lifecycle", each.message), each.remedy)
        elif each.operation is None:
            yield Note(each.origin, Outcome.REPORTED, Because("D9", each.message), each.remedy)


def _unsaid(sayings: Sayings) -> Iterator[Note]:
    for origin, keyword in sayings.unsaid:
        because = Because("D21", f"no shape can say {keyword}: it is not checked")
        yield Note(origin, Outcome.REPORTED, because, "Say it otherwise.")


def _unknown(entities: Iterable[Entity]) -> Iterator[Note]:
    for entity in entities:
        for field in entity.fields:
            if field.source is FieldSource.UNKNOWN:
                because = Because("D5", f"nothing says where {field.wire} of {entity.name} comes from")
                yield Note(entity.origin, Outcome.REPORTED, because, _SOURCE)


def _unkept(sayings: Sayings, behaviours: Iterable[Behaviour]) -> Iterator[Note]:
    for behaviour in behaviours:
        record = next((each for each in sayings.shapes.records if each.name == behaviour.request), None)
        for wire in behaviour.unkept if record is not None else ():
            because = Because("D6", f"{wire} goes into {behaviour.operation}, and nothing is done with it")
            yield Note(record.origin if record else behaviour.origin, Outcome.REPORTED, because, _SOURCE)


def _floats(amounts: Iterable[Amount]) -> Iterator[Note]:
    for amount in amounts:
        if amount.kind is Kind.FLOAT:
            yield Note(amount.origin, Outcome.REPORTED, amount.because, f"{HINT}money: its currency")
