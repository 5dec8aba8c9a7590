"""The ledger of a derivation: one row for each operation, schema, parameter, response and sentence."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from domain.generation.behaviours import Behaviour, List, Reported
from domain.generation.contract import Contract, Operation, Parameter, Response, Schema
from domain.generation.derivation import hints
from domain.generation.derivation.lifecycling import Unsettled
from domain.generation.derivation.meaning import meaning
from domain.generation.derivation.noting import Note
from domain.generation.derivation.said import Sayings, preferred
from domain.generation.entities import Entity, FieldSource
from domain.generation.intake.contracts import HINT
from domain.generation.ledger import Ledger, Outcome, Row, Subject
from domain.generation.origin import Because, Confidence, Origin
from domain.generation.rules import Reading, Verdict

_SERVED: Final = frozenset({"application/json", "application/problem+json", "text/plain"})
_IGNORE: Final = f"{HINT}ignore: {{reason: …}}"


class MakeRow(Protocol):
    def __call__(self, outcome: Outcome, because: Because, remedy: str = "") -> Row: ...


@dataclass(frozen=True, slots=True)
class Accounting:
    """What was derived, to be accounted for. `unknown`: by operation, its parameters that mean nothing known."""

    sayings: Sayings
    entities: tuple[Entity, ...]
    behaviours: tuple[Behaviour, ...]
    unknown: Mapping[str, tuple[Parameter, ...]]
    unsettled: tuple[Unsettled, ...]
    notes: tuple[Note, ...]
    readings: tuple[Reading, ...]

    def ledger(self) -> Ledger:
        """Return a row for each of `subjects`, in their order."""
        contract = self.sayings.contract
        rows: list[Row] = []
        for operation, behaviour in zip(contract.operations, self.behaviours, strict=True):
            rows.append(self._operation(operation, behaviour))
            rows.extend(self._parameter(operation, behaviour, each) for each in operation.parameters)
            rows.extend(self._response(operation, behaviour, each) for each in operation.responses)
        rows.extend(self._schema(schema) for schema in contract.schemas.values())
        rows.extend(_sentence(reading) for reading in self.readings)
        return Ledger(tuple(rows))

    def homeless(self) -> Iterator[Note]:
        """Yield the notes that no schema with a name has in its row."""
        pointers = [schema.origin.pointer for schema in self.sayings.contract.schemas.values()]
        for note in self.notes:
            if not any(_within(note.origin, pointer) for pointer in pointers):
                yield note

    def _operation(self, operation: Operation, behaviour: Behaviour) -> Row:
        said = hints.of_operation(operation)

        def row(outcome: Outcome, because: Because, remedy: str = "") -> Row:
            return Row(Subject.OPERATION, operation.id, operation.origin, outcome, because, remedy)

        if (left_out := hints.reason(said)) is not None:
            return row(Outcome.HINTED, Because("H-ignore", f"left out: {left_out}", Confidence.SAID))
        unsettled = next((each for each in self.unsettled if each.operation == operation.id), None)
        if unsettled is not None:
            return row(Outcome.REPORTED, Because("D10", unsettled.message), unsettled.remedy)
        if isinstance(behaviour, Reported):
            return row(Outcome.REPORTED, behaviour.because, behaviour.remedy)
        if behaviour.because.rule.startswith("H-"):
            return row(Outcome.HINTED, behaviour.because)
        if said:
            told = " and ".join(sorted(said))
            return row(Outcome.HINTED, Because(f"H-{min(said)}", f"{behaviour.because.words}; hints: {told}"))
        return row(Outcome.DERIVED, behaviour.because)

    def _parameter(self, operation: Operation, behaviour: Behaviour, parameter: Parameter) -> Row:
        def row(outcome: Outcome, because: Because, remedy: str = "") -> Row:
            name = f"{operation.id} {parameter.name}"
            return Row(Subject.PARAMETER, name, parameter.origin, outcome, because, remedy)

        for said in (hints.of_part(self.sayings.contract, parameter), hints.of_operation(operation)):
            if (left_out := hints.reason(said)) is not None:
                return row(Outcome.HINTED, Because("H-ignore", f"left out: {left_out}", Confidence.SAID))
        means = meaning(behaviour, parameter, self.sayings.contract)
        if means is not None:
            return row(Outcome.HINTED if means.rule.startswith("H-") else Outcome.DERIVED, means)
        if isinstance(behaviour, Reported):
            because = Because("D15", f"{parameter.name}: nothing says what {operation.id} does")
            return row(Outcome.REPORTED, because, behaviour.remedy)
        if parameter in self.unknown.get(operation.id, ()):
            because = Because("D15", f"{parameter.name}: nothing says what it sorts out")
            return row(Outcome.REPORTED, because, f"{HINT}source: {{field: …, compares: …}} on it, or {_IGNORE}")
        because = Because("D15", f"{parameter.name}: it is checked, and changes nothing")
        return row(Outcome.REPORTED, because, _IGNORE)

    def _response(self, operation: Operation, behaviour: Behaviour, response: Response) -> Row:
        def row(outcome: Outcome, because: Because, remedy: str = "") -> Row:
            name = f"{operation.id} {response.status}"
            return Row(Subject.RESPONSE, name, response.origin, outcome, because, remedy)

        for said in (hints.of_part(self.sayings.contract, response), hints.of_operation(operation)):
            if (left_out := hints.reason(said)) is not None:
                return row(Outcome.HINTED, Because("H-ignore", f"left out: {left_out}", Confidence.SAID))
        media = preferred(response.media)
        kind = media.type.split(";")[0] if media is not None else None
        if kind is not None and kind not in _SERVED and not kind.endswith("+json"):
            return row(Outcome.REPORTED, Because("D21", f"{kind} is not made by anything that is stored"), _IGNORE)
        if response == operation.success and (open_ := _open(behaviour)) is not None:
            return row(Outcome.REPORTED, open_, _IGNORE)
        return self._refusal(behaviour, response, row)

    def _refusal(self, behaviour: Behaviour, response: Response, row: MakeRow) -> Row:
        """D13: what the statuses of refusals ask for."""
        frequency = behaviour.frequency
        if response.status == "429" and frequency is not None:
            hinted = frequency.because.rule.startswith("H-")
            return row(Outcome.HINTED if hinted else Outcome.DERIVED, frequency.because)
        if response.status == "429":
            because = Because("D13", "429 is declared, and nothing says how often is too often")
            return row(Outcome.REPORTED, because, f"{HINT}rate-limit: {{requests: …, seconds: …}}")
        if response.status == "403" and not behaviour.roles and not self._owned(behaviour):
            because = Because("D13", "403 is declared, and nothing says who may not")
            return row(Outcome.REPORTED, because, f'{HINT}owner, or a sentence: "Only admins may …"')
        declared = Because("D21", f"{response.status} is declared", Confidence.SAID)
        return row(Outcome.DERIVED, _ASKS.get(response.status, declared))

    def _owned(self, behaviour: Behaviour) -> bool:
        about = getattr(behaviour, "entity", None)
        return any(entity.owner is not None for entity in self.entities if entity.name == about)

    def _schema(self, schema: Schema) -> Row:
        def row(outcome: Outcome, because: Because, remedy: str = "") -> Row:
            return Row(Subject.SCHEMA, str(schema.name), schema.origin, outcome, because, remedy)

        entity = next((each for each in self.entities if each.origin == schema.origin), None)
        said = hints.of_part(self.sayings.contract, schema)
        if (left_out := hints.reason(said)) is not None:
            return row(Outcome.HINTED, Because("H-ignore", f"left out: {left_out}", Confidence.SAID))
        about = [note for note in self.notes if _within(note.origin, schema.origin.pointer)]
        if about:
            worst = about[0]
            alike = [note for note in about if note.outcome is worst.outcome]
            words = "; ".join(dict.fromkeys(note.because.words for note in alike))
            return row(worst.outcome, Because(worst.because.rule, words), worst.remedy)
        known = sorted({*said, *(entity.hinted if entity is not None else ())})
        known += [name for name in self._inside(schema) if name not in known]
        if known:
            return row(Outcome.HINTED, Because(f"H-{known[0]}", f"hints: {', '.join(known)}", Confidence.SAID))
        what = f"its fields are known: {_sources(entity)}" if entity is not None else "its shape is known"
        return row(Outcome.DERIVED, Because("D3", what, Confidence.SAID))

    def _inside(self, schema: Schema) -> Iterator[str]:
        for record in self.sayings.shapes.records:
            if record.origin == schema.origin:
                for member in record.members:
                    yield from (name for name, _ in member.hints)


_ASKS: Final = {
    "402": Because("D13", "402 is declared: it is paid through the payment port before it is done"),
    "412": Because("D13", "412 is declared: If-Match names the version that the caller knows"),
}


def subjects(contract: Contract, readings: Iterable[Reading]) -> Iterator[tuple[Subject, str, Origin]]:
    """Yield all that must have a row: what comes in, by its name and its place."""
    for operation in contract.operations:
        yield Subject.OPERATION, operation.id, operation.origin
        for parameter in operation.parameters:
            yield Subject.PARAMETER, f"{operation.id} {parameter.name}", parameter.origin
        for response in operation.responses:
            yield Subject.RESPONSE, f"{operation.id} {response.status}", response.origin
    for schema in contract.schemas.values():
        yield Subject.SCHEMA, str(schema.name), schema.origin
    for reading in readings:
        yield Subject.SENTENCE, reading.text, reading.origin


def _open(behaviour: Behaviour) -> Because | None:
    """What an answer shows that nothing says where it comes from (D3), or what it says of the page (D4)."""
    if behaviour.answer.unknown:
        return Because("D3", f"nothing says where {', '.join(behaviour.answer.unknown)} of it comes from")
    if isinstance(behaviour, List) and behaviour.page.unknown:
        return Because("D4", f"nothing says what {', '.join(behaviour.page.unknown)} beside the data says")
    return None


def _within(origin: Origin, pointer: str) -> bool:
    return origin.pointer == pointer or origin.pointer.startswith(f"{pointer}/")


def _sources(entity: Entity) -> str:
    kinds = dict.fromkeys(field.source for field in entity.fields if field.source is not FieldSource.CALLER)
    return ", ".join(kinds) or "callers say all of them"


def _sentence(reading: Reading) -> Row:
    outcome = Outcome.DERIVED if reading.verdict.settled else Outcome.REPORTED
    if reading.verdict is Verdict.CONTRADICTS:
        outcome = Outcome.REJECTED
    words_ = f"{reading.verdict}{': ' if reading.note else ''}{reading.note}"
    because = reading.rule.because if reading.rule is not None else Because("R", words_, Confidence.SAID)
    return Row(Subject.SENTENCE, reading.text, reading.origin, outcome, because, "; ".join(reading.readings))
