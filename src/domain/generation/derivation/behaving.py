"""What each operation does (D1, D2, D13, D14, D17, D18, D21): one behaviour each, the first that fits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from domain.generation.behaviours import (
    Act,
    AddPart,
    Answer,
    Behaviour,
    Change,
    Create,
    Delete,
    List,
    Read,
    RemovePart,
    Replace,
    Reported,
)
from domain.generation.contract import Method, Operation, Parameter, Place
from domain.generation.derivation import hints
from domain.generation.derivation.answering import Answering
from domain.generation.derivation.envelopes import entity as entity_in
from domain.generation.derivation.families import Family
from domain.generation.derivation.keys import around, hinted_keys, is_inside, path_of
from domain.generation.derivation.lifecycling import actions
from domain.generation.derivation.listing import listing
from domain.generation.derivation.naming import words
from domain.generation.derivation.said import Said, Sayings
from domain.generation.entities import Entity, FieldSource
from domain.generation.intake.contracts import HINT
from domain.generation.intake.documents import as_mapping, as_text
from domain.generation.lifecycles import Lifecycle
from domain.generation.origin import Because, Confidence
from domain.generation.shapes import ListOf, Named


@dataclass(frozen=True, slots=True)
class Behaving:
    """Makes the behaviours of one contract."""

    sayings: Sayings
    families: tuple[Family, ...]
    entities: tuple[Entity, ...]
    lifecycles: tuple[Lifecycle, ...]

    def behaviours(self) -> tuple[tuple[Behaviour, tuple[Parameter, ...]], ...]:
        """Return what each operation does, in the order of the contract, and its parameters that mean nothing known."""
        return tuple(self._behaviour(said) for said in self.sayings.said)

    def _behaviour(self, said: Said) -> tuple[Behaviour, tuple[Parameter, ...]]:
        common = Answering(self.sayings).common(said)
        both = zip(self.families, self.entities, strict=True)
        pair = next(((family, each) for family, each in both if said in family.members), None)
        if hints.reason(hints.of_operation(said.operation)) is not None:
            return self._reported(said, common, "it is left out, on purpose"), ()
        if pair is None:
            return self._reported(said, common, *self._homeless(said)), ()
        family, entity = pair
        common = self._of_entity(said, family, entity, common)
        if (hinted := self._hinted(said, entity, common)) is not None:
            return hinted
        if said.is_list and said.method is Method.GET and not (said.address.tail and said.address.keys):
            asked = listing(said, entity, self.sayings)
            because = Because("D1", f"{said.operation.path} is the collection of {entity.plural}")
            listed = List(
                **{**common, "because": because},
                entity=entity.name, page=asked.page, filters=asked.filters, sort=asked.sort,
            )  # fmt: skip
            return listed, asked.unknown
        return self._single(said, family, entity, common), ()

    def _homeless(self, said: Said) -> tuple[str, str]:
        """Why an operation is about no entity, by which rule."""
        if said.signing is not None:
            return f"it signs callers in or out ({said.signing}), and no stored thing says who they are", "D18"
        if self.sayings.record(said.answer) is None and self.sayings.record(said.request) is None:
            return "it answers with no record that could be kept", "D3"
        return "nothing says that anything of it is kept", "D3"

    def _hinted(
        self, said: Said, entity: Entity, common: dict[str, Any]
    ) -> tuple[Behaviour, tuple[Parameter, ...]] | None:
        """What a hint says that it does, or that its several keys are fields."""
        given = as_mapping(hints.of_operation(said.operation).get("entity"))
        does = as_text(given.get("does"))
        if not does and not given.get("keys"):
            return None
        keys = {field.wire: field.name for field in entity.fields}
        path = tuple((parameter, keys.get(wire, wire)) for parameter, wire in hinted_keys(said).items())
        because = Because("H-entity", f"a hint says that it is about {entity.name}", Confidence.SAID)
        known = {**common, "because": because, "entity": entity.name, "path": path or common["path"]}
        if not does:
            does = {Method.GET: "read", Method.PUT: "replace", Method.PATCH: "change", Method.DELETE: "delete"}.get(
                said.method, "create"
            )
        if does == "list":
            asked = listing(said, entity, self.sayings)
            return List(**known, page=asked.page, filters=asked.filters, sort=asked.sort), asked.unknown
        made: dict[str, Callable[..., Behaviour]] = {
            "create": Create, "read": Read, "replace": Replace, "change": Change, "delete": Delete,
        }  # fmt: skip
        by = {} if does == "create" else {"by": entity.key}
        return made[does](**known, **by), ()

    def _of_entity(self, said: Said, family: Family, entity: Entity, common: dict[str, Any]) -> dict[str, Any]:
        """What is known of an operation once it is known what it is about."""
        outer = around(family, tuple(self.sayings.shapes.record(entity.record).members), self.families, self.sayings)
        wires = {field.wire: field.name for field in entity.fields}
        known = [(each.parameter, wires[each.wire]) for each in outer if each.wire in wires]
        return {
            **common,
            "path": path_of(said.address, entity, known),
            "answer": self._shown(said, entity, common["answer"]),
            "unkept": tuple(self._unkept(said, entity)),
        }

    def _shown(self, said: Said, entity: Entity, answer: Answer) -> Answer:
        """D3: which fields an answer shows that is another record than the entity's own."""
        record = self.sayings.record(said.answer)
        if record is None or record.name == entity.record or (said.address.tail and said.address.keys):
            return answer
        fields = {field.wire: field.name for field in entity.fields}
        shows = tuple((each.wire, fields[each.wire]) for each in record.members if each.wire in fields)
        unknown = tuple(each.wire for each in record.members if each.wire not in fields)
        return replace(answer, shows=shows, unknown=unknown)

    def _unkept(self, said: Said, entity: Entity) -> Iterator[str]:
        """D6: what is in the body, and in no field; a status that the lifecycle alone writes."""
        record = self.sayings.record(said.request)
        fields = {field.wire: field for field in entity.fields}
        changes = said.method in {Method.PUT, Method.PATCH} and said.address.tail is None
        inside = is_inside(said, next(each for each in self.families if said in each.members), self.families)
        for member in record.members if record is not None and not inside else ():
            field = fields.get(member.wire)
            written = field is not None and field.source is FieldSource.STATUS and changes
            if (field is None or written) and not dict(member.hints).get("ignore") and not member.read_only:
                yield member.wire

    def _single(self, said: Said, family: Family, entity: Entity, common: dict[str, Any]) -> Behaviour:
        if said.address.tail is not None:
            return self._tailed(said, family, entity, common)
        if is_inside(said, family, self.families):
            if self._is_part(said, entity):
                return self._part(said, entity, common)
            return self._reported(said, common, "nothing says what it does inside one of them")
        if said.is_item:
            return self._item(said, family, entity, common)
        return self._collection(said, family, entity, common)

    def _item(self, said: Said, family: Family, entity: Entity, common: dict[str, Any]) -> Behaviour:
        because = Because("D1", f"{said.operation.path} is one of {entity.plural}")
        known = {**common, "because": because, "entity": entity.name, "by": entity.key}
        if len(said.address.keys) > 1:
            return self._reported(said, common, "its path has several keys, and no hint says which field each is")
        if said.method in {Method.GET, Method.HEAD}:
            return Read(**known)
        if said.method is Method.PUT:
            posted = any(each.method is Method.POST and not each.address.keys for each in family.members)
            creates = said.operation.response("201") is not None and not posted
            return Replace(**known, creates=creates)
        if said.method is Method.PATCH or (said.method is Method.POST and (said.request or _queries(said.operation))):
            fields = {"_".join(words(field.wire)): field.name for field in entity.fields}
            named = ((each.name, "_".join(words(each.name))) for each in _queries(said.operation))
            queries = tuple((name, fields[plain]) for name, plain in named if plain in fields)
            return Change(**known, queries=queries)
        if said.method is Method.DELETE:
            return Delete(**known, soft=entity.soft_delete)
        return self._reported(said, common, "nothing says what it does")

    def _collection(self, said: Said, family: Family, entity: Entity, common: dict[str, Any]) -> Behaviour:
        items = any(each.is_item for each in family.members)
        listed = any(each.is_list for each in family.members)
        known = {**common, "entity": entity.name}
        if said.method is Method.POST and said.request is not None:
            because = Because("D1", f"POST {said.operation.path} makes one of {entity.plural}")
            return Create(**{**known, "because": because}, many=isinstance(said.request.shape, ListOf))
        if said.method is Method.HEAD and listed:
            counted = next(each for each in family.members if each.is_list)
            asked = listing(counted, entity, self.sayings)
            because = Because("D1", f"the head of the collection of {entity.plural}")
            return List(**{**known, "because": because}, page=asked.page, filters=asked.filters, sort=asked.sort)
        alone = Because("D1", f"{said.operation.path} is the only one of its kind", Confidence.NAMED)
        if said.method is Method.GET and not items and not listed:
            return Read(**{**known, "because": alone}, by=entity.key, singleton=True)
        if said.method is Method.PUT and said.request is not None:
            if items:
                by_body = Because("D1", f"the body of {said.operation.id} says which of {entity.plural}")
                record = self.sayings.record(said.request)
                key = next(field.wire for field in entity.fields if field.name == entity.key)
                if record is None or record.member(key) is None:
                    return self._reported(said, common, f"its body has no {key}, and nothing else says which one")
                return Replace(**{**known, "because": by_body}, by=entity.key, by_body=True)
            return Replace(**{**known, "because": alone}, by=entity.key, singleton=True)
        if said.method is Method.PATCH and said.request is not None and not items:
            return Change(**{**known, "because": alone}, by=entity.key)
        return self._reported(said, common, "nothing says what it does to the whole collection")

    def _tailed(self, said: Said, family: Family, entity: Entity, common: dict[str, Any]) -> Behaviour:
        known = {**common, "entity": entity.name}
        tail = str(said.address.tail)
        if not said.address.keys:
            record = self.sayings.record(said.answer)
            if said.method is Method.POST and said.request is not None and record == family.record:
                because = Because("D2", f"{tail} makes one of {entity.plural}, too", Confidence.GUESSABLE)
                return Create(**{**known, "because": because}, many=isinstance(said.request.shape, ListOf))
            return self._reported(said, common, f"nothing says what {tail} does")
        if said in actions(family):
            lifecycle = next((each for each in self.lifecycles if each.entity == entity.name), None)
            steps = lifecycle.transitions if lifecycle is not None else ()
            writes = self._writes(said, entity)
            moved = next((step for step in steps if step.trigger == said.operation.id), None)
            if moved is not None:
                rule = moved.because.rule if moved.because.rule.startswith("H-") else "D2"
                because = Because(rule, f"{tail} is a verb: {moved.because.words}", moved.because.confidence)
                return Act(**{**known, "because": because}, by=entity.key, action=tail, writes=writes)
            if writes:
                because = Because("D2", f"{tail} writes {', '.join(writes)}", Confidence.NAMED)
                return Act(**{**known, "because": because}, by=entity.key, action=None, writes=writes)
            return self._reported(said, common, f"nothing says what {tail} does to it")
        return self._viewed(said, entity, common, tail)

    def _viewed(self, said: Said, entity: Entity, common: dict[str, Any], tail: str) -> Behaviour:
        record = self.sayings.record(said.answer)
        fields = {field.wire: field for field in entity.fields}
        if said.method is Method.GET and record is not None and all(each.wire in fields for each in record.members):
            because = Because("D2", f"{tail} is a part of it: all that it shows is in {entity.name}")
            parts = tuple(fields[each.wire].name for each in record.members)
            return Read(**{**common, "because": because}, entity=entity.name, by=entity.key, parts=parts)
        return self._reported(said, common, f"nothing says where {tail} comes from")

    def _is_part(self, said: Said, entity: Entity) -> bool:
        """Whether a collection below one of them answers with the whole: its elements are a list of it."""
        return self._list_field(said, entity) is not None and self.sayings.record(said.answer) is not None

    def _part(self, said: Said, entity: Entity, common: dict[str, Any]) -> Behaviour:
        field = self._list_field(said, entity)
        known = {**common, "entity": entity.name, "by": entity.key, "list_field": field}
        because = Because("D2", f"{field} is a list of {entity.name}, and the answer is the whole of it")
        if said.method is Method.POST and said.request is not None and not said.address.keys:
            path = entity_in(said.request.shape, self.sayings.shapes).path
            return AddPart(**{**known, "because": because}, body_path=path)
        if said.method is Method.DELETE and said.address.keys:
            part = self._part_key(said, entity, str(field))
            if part is not None:
                return RemovePart(**{**known, "because": because}, part_key=part, parameter=said.address.keys[-1])
        return self._reported(said, common, f"nothing says what it does to {field}")

    def _list_field(self, said: Said, entity: Entity) -> str | None:
        word = getattr(said.address.collection[-1], "text", "") if said.address.collection else ""
        lists = (field for field in entity.fields if isinstance(field.shape, ListOf))
        return next((field.name for field in lists if words(field.wire) == words(word)), None)

    def _part_key(self, said: Said, entity: Entity, name: str) -> str | None:
        field = entity.field(name)
        element = field.shape.element if field is not None and isinstance(field.shape, ListOf) else None
        record = self.sayings.shapes.record(element.record) if isinstance(element, Named) else None
        wanted = ("_".join(words(said.address.keys[-1])), "id")
        members = record.members if record is not None else ()
        return next((each.name for want in wanted for each in members if "_".join(words(each.wire)) == want), None)

    def _writes(self, said: Said, entity: Entity) -> tuple[str, ...]:
        record = self.sayings.record(said.request)
        fields = {field.wire: field.name for field in entity.fields if field.source is not FieldSource.STATUS}
        return tuple(fields[each.wire] for each in (record.members if record else ()) if each.wire in fields)

    def _reported(self, said: Said, common: dict[str, Any], why: str, rule: str = "D2") -> Reported:
        because = Because(rule, f"{said.operation.id}: {why}")
        remedy = f"{HINT}entity: {{name: …, does: …}}, or {HINT}ignore: {{reason: …}}"
        return Reported(**{**common, "because": because}, remedy=remedy)


def _queries(operation: Operation) -> tuple[Parameter, ...]:
    return tuple(parameter for parameter in operation.parameters if parameter.place is Place.QUERY)
