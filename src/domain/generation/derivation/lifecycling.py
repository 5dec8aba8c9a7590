"""Lifecycles from a status and the verbs behind an item (D8 … D11). What nothing says is reported, not guessed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from domain.generation.contract import Json, Method
from domain.generation.derivation import hints
from domain.generation.derivation.beginnings import beginning
from domain.generation.derivation.families import Family
from domain.generation.derivation.said import Said, Sayings, preferred
from domain.generation.derivation.stepping import sources_of, target_of
from domain.generation.entities import Entity, FieldDefinition, FieldSource
from domain.generation.intake.contracts import HINT
from domain.generation.intake.documents import as_list, as_mapping, as_text, texts
from domain.generation.lifecycles import Lifecycle, Transition
from domain.generation.origin import Because, Confidence, Origin
from domain.generation.rules import OnlyInState, Rule, Timeout
from domain.generation.shapes import Choice


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Something about a lifecycle that nothing says, and the hint that would settle it.

    `wrong`: a hint says it, and what it says is not so.
    """

    origin: Origin
    message: str
    remedy: str
    operation: str | None = None
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Lifecycles:
    lifecycles: tuple[Lifecycle, ...]
    unsettled: tuple[Unsettled, ...]


def lifecycles(
    sayings: Sayings, families: Iterable[Family], entities: Iterable[Entity], rules: tuple[Rule, ...] = ()
) -> Lifecycles:
    """Return a lifecycle for each entity that has a status which the service writes, and what is not settled."""
    found: list[Lifecycle] = []
    unsettled: list[Unsettled] = []
    for family, entity in zip(families, entities, strict=True):
        hinted = as_mapping(hints.of_family(sayings.contract, family.record, family.members).get("lifecycle"))
        field = status_of(entity, as_text(hinted.get("field")))
        if field is not None and isinstance(field.shape, Choice):
            said = tuple(rule for rule in rules if rule.entity == entity.name)
            states = tuple(str(value) for value in field.shape.values)
            deriving = _Deriving(sayings, family, entity, field, states, hinted, said)
            lifecycle = deriving.lifecycle()
            unsettled.extend(deriving.unsettled())
            if lifecycle is not None:
                found.append(lifecycle)
        elif hinted:
            message = f"{entity.name} has no status {as_text(hinted.get('field'))} with an enum of texts."
            remedy = f"Name one in {HINT}lifecycle: {{field: …}}"
            unsettled.append(Unsettled(entity.origin, message, remedy, wrong=True))
    return Lifecycles(tuple(found), tuple(unsettled))


def status_of(entity: Entity, hinted: str = "") -> FieldDefinition | None:
    """Return the status of an entity: the field that its lifecycle writes (of several the shortest name)."""
    fields = [field for field in entity.fields if field.source is FieldSource.STATUS and _is_choice(field)]
    if hinted:
        return next((field for field in fields if hinted in (field.wire, field.name)), None)
    return min(fields, key=lambda field: len(field.name), default=None)


def actions(family: Family) -> tuple[Said, ...]:
    """Return what is done to one of them by a verb behind its path."""
    writes = {Method.POST, Method.PUT, Method.PATCH}
    return tuple(said for said in family.members if said.address.keys and said.address.tail and said.method in writes)


@dataclass(frozen=True, slots=True)
class _Deriving:
    sayings: Sayings
    family: Family
    entity: Entity
    field: FieldDefinition
    states: tuple[str, ...]
    hinted: Mapping[str, Json]
    rules: tuple[Rule, ...] = ()

    def lifecycle(self) -> Lifecycle | None:
        initial, because = self._initial()
        if initial is None:
            return None
        return Lifecycle(
            origin=self.field.origin,
            because=because,
            entity=self.entity.name,
            field=self.field.name,
            states=self.states,
            initial=initial,
            transitions=(*(tuple(self._hinted()) or self._derived(initial)), *self._timeouts()),
            refusal=self._refusal(),
        )

    def unsettled(self) -> Iterator[Unsettled]:
        yield from self._contradicted()
        initial = self._initial()[0]
        if initial is None:
            message = f"nothing says which of {', '.join(self.states)} a new {self.entity.name} is in"
            yield Unsettled(self.field.origin, message, f"{HINT}lifecycle: {{initial: …}}")
        told = {step.trigger for step in self._hinted()}
        for said in actions(self.family):
            if said.operation.id in told or initial is None:
                continue
            target = self._target(said)[0]
            missing = f"what {said.operation.id} makes of {self.field.wire}"
            if target is not None:
                missing = f"in which states {said.operation.id} may make it {target}"
            if target is None or not any(True for _ in self._sources(said, target, initial)):
                remedy = f"{HINT}lifecycle: {{transitions: [{{trigger: {said.operation.id}, from: […], to: …}}]}}"
                yield Unsettled(said.operation.origin, f"nothing says {missing}", remedy, said.operation.id)

    def _contradicted(self) -> Iterator[Unsettled]:
        """What a hint says of states and operations that are not there."""
        known = ", ".join(self.states)
        for state in dict.fromkeys((as_text(self.hinted.get("initial")), *self._named_states())):
            if state and state not in self.states:
                message = f"{HINT}lifecycle speaks of {state}, and {self.field.wire} is one of {known}"
                yield Unsettled(self.field.origin, message, "Name one of them.", wrong=True)
        operations = {operation.id for operation in self.sayings.contract.operations}
        for step in self._hinted():
            if step.trigger not in operations:
                message = f"{HINT}lifecycle speaks of {step.trigger}, and no operation is called so"
                yield Unsettled(self.field.origin, message, "Name an operationId.", wrong=True)

    def _named_states(self) -> Iterator[str]:
        for step in self._hinted():
            yield from (step.source, step.target)

    def _initial(self) -> tuple[str | None, Because]:
        if (said := as_text(self.hinted.get("initial"))) in self.states:
            return said, Because("H-lifecycle", f"a new one is {said}: a hint says so", Confidence.SAID)
        return beginning(self.field.shape, self.field.default, self._made())

    def _made(self) -> Iterator[str]:
        """The status in the examples of what is answered when one is made."""
        for said in self.family.members:
            answer = said.operation.response("201")
            media = preferred(answer.media) if answer is not None and said.method is Method.POST else None
            for example in media.examples if media is not None else ():
                yield self._said(said, example)

    def _said(self, said: Said, example: Json) -> str:
        value = example
        for step in said.answer.path if said.answer is not None else ():
            value = as_mapping(value).get(step)
        return as_text(as_mapping(value).get(self.field.wire))

    def _hinted(self) -> Iterator[Transition]:
        for each in as_list(self.hinted.get("transitions")):
            said = as_mapping(each)
            for source in texts(said.get("from")) or (as_text(said.get("from")),):
                yield Transition(
                    origin=self.field.origin,
                    because=Because("H-lifecycle", "a hint says so", Confidence.SAID),
                    trigger=as_text(said.get("trigger")),
                    action=self._action(as_text(said.get("trigger"))),
                    source=source,
                    target=as_text(said.get("to")),
                )

    def _action(self, trigger: str) -> str:
        for said in self.family.members:
            if said.operation.id == trigger and said.address.tail:
                return said.address.tail
        return trigger

    def _derived(self, initial: str) -> Iterator[Transition]:
        for said in actions(self.family):
            target, because = self._target(said)
            if target is None:
                continue
            for source, why in self._sources(said, target, initial):
                yield Transition(
                    origin=said.operation.origin,
                    because=Because("D11", f"{because.words}; {why.words}", min(because.confidence, why.confidence)),
                    trigger=said.operation.id,
                    action=str(said.address.tail),
                    source=source,
                    target=target,
                )

    def _target(self, said: Said) -> tuple[str | None, Because]:
        media = preferred(said.operation.success.media) if said.operation.success else None
        examples = (self._said(said, example) for example in (media.examples if media is not None else ()))
        return target_of(str(said.address.tail), self.states, examples)

    def _timeouts(self) -> Iterator[Transition]:
        """What goes on by itself: a row for each sentence that says so, with its code as the trigger."""
        for rule in self.rules:
            if isinstance(rule, Timeout):
                yield Transition(
                    origin=rule.origin,
                    because=rule.because,
                    trigger=rule.code,
                    action=rule.action,
                    source=rule.state,
                    target=rule.target,
                )

    def _sources(self, said: Said, target: str, initial: str) -> Iterator[tuple[str, Because]]:
        """D11: what a sentence says; else what follows from the contract, but for where a sentence says never."""
        told = [rule for rule in self.rules if isinstance(rule, OnlyInState) and rule.action == said.address.tail]
        only = [rule for rule in told if not rule.never]
        never = {state for rule in told if rule.never for state in rule.states}
        from_contract = self._from_contract(said, target, initial)
        from_sentences = ((state, rule.because) for rule in only for state in rule.states)
        for state, because in from_sentences if only else from_contract:
            if state not in never and all(state in rule.states for rule in only):
                yield state, because

    def _from_contract(self, said: Said, target: str, initial: str) -> Iterable[tuple[str, Because]]:
        operation = said.operation
        refusals = " ".join(response.description for response in operation.responses if response.status == "409")
        text = f"{operation.summary}. {operation.description}. {refusals}"
        return sources_of(str(said.address.tail), target, self.states, initial, text, self.entity.name)

    def _refusal(self) -> int:
        """The status of an illegal step: the declared 409, else 422, else 400, else 409 all the same."""
        declared = {response.status for said in actions(self.family) for response in said.operation.responses}
        return next((int(status) for status in ("409", "422", "400") if status in declared), 409)


def _is_choice(field: FieldDefinition) -> bool:
    return isinstance(field.shape, Choice) and all(isinstance(value, str) for value in field.shape.values)
