"""Entities from families: their fields with their sources, their keys, what is around them (D3, D5, D6, D20)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from domain.generation.contract import Json, Method
from domain.generation.derivation import hints
from domain.generation.derivation.beginnings import beginning
from domain.generation.derivation.envelopes import Unwrapped
from domain.generation.derivation.families import Family
from domain.generation.derivation.keys import KEY, Around, around, is_inside, key
from domain.generation.derivation.naming import snake, unlike, words
from domain.generation.derivation.relating import related
from domain.generation.derivation.said import Said, Sayings, preferred
from domain.generation.derivation.sources import Question, is_status, source_of
from domain.generation.derivation.uniqueness import uniqueness
from domain.generation.entities import Entity, FieldDefinition, FieldSource, Relation
from domain.generation.intake.documents import as_mapping, as_text, at
from domain.generation.origin import Because, Confidence
from domain.generation.shapes import Choice, ListOf, Member, Record, Shape

_SECRETS: Final = frozenset({"password", "passphrase", "pin", "secret"})
_GONE: Final = frozenset({"deleted", "archived", "removed"})


@dataclass(frozen=True, slots=True)
class Defining:
    """Makes the entities of a contract."""

    sayings: Sayings
    families: tuple[Family, ...]

    def entities(self) -> tuple[Entity, ...]:
        """Return one entity a family, relations between them found."""
        entities = [self._entity(family) for family in self.families]
        return tuple(related(entity, entities, self.sayings.shapes) for entity in entities)

    def _entity(self, family: Family) -> Entity:
        members = self._members(family)
        outer = tuple(around(family, members, self.families, self.sayings))
        own = key(family, members)
        said = hints.of_family(self.sayings.contract, family.record, family.members)
        direct = tuple(each for each in family.members if not is_inside(each, family, self.families))
        facts = _Facts(family, self.sayings, members, own, tuple(each.wire for each in outer), said, direct)
        fields = [facts.field(member) for member in members]
        fields.extend(facts.inputs(fields))
        fields.extend(_hidden(family, fields, own, outer))
        parents = tuple(
            Relation(entity=each.family.name, field=_python(fields, each.wire), owns=True)
            for each in outer
            if each.family is not None
        )
        made = next((each.operation for each in direct if _posts(each)), None)
        unique = uniqueness(
            made, fields, members, said, family.record.origin, tuple(each.field for each in parents)
        )  # fmt: skip
        return Entity(
            origin=family.record.origin,
            because=facts.because,
            name=family.name,
            plural=family.plural,
            key=_python(fields, own),
            record=family.record.name,
            fields=tuple(fields),
            parents=parents,
            unique=tuple(unique),
            owner=next((field.name for field in fields if field.source is FieldSource.OWNER), None),
            soft_delete=_soft(direct, fields),
            namespaces=tuple(_python(fields, each.wire) for each in outer if each.family is None),
            renamed_from=as_text(said.get("renamed-from")) or None,
            hinted=tuple(sorted(set(said) | {name for member in members for name, _ in member.hints})),
        )

    def _members(self, family: Family) -> list[Member]:
        """The members of the record that says what one is, then what other answers have besides."""
        known = {member.wire: member for member in family.record.members}
        for said in family.members:
            record = self.sayings.record(said.answer)
            if record is not None and _alike(record, family.record):
                for member in record.members:
                    known.setdefault(member.wire, replace(member, required=False))
        return [member for member in known.values() if not hints.reason(dict(member.hints))]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the operations of a family say about its fields."""

    family: Family
    sayings: Sayings
    members: list[Member]
    key: str
    around: tuple[str, ...]
    hinted: Mapping[str, Json]
    direct: tuple[Said, ...]

    @property
    def because(self) -> Because:
        if "entity" in self.hinted:
            return Because("H-entity", f"a hint says that it is {self.family.name}", Confidence.SAID)
        answering = (said.operation.id for said in self.family.members if said.answer)
        shown = next(answering, self.family.members[0].operation.id)
        return Because("D3", f"one of {self.family.plural} is what {shown} answers")

    def field(self, member: Member) -> FieldDefinition:
        create, change = self._requested(_creates), self._requested(_changes)
        is_key = member.wire == self.key
        question = Question(
            member=member,
            in_create=member.wire in create,
            in_change=member.wire in change,
            is_key=is_key,
            chosen_key=is_key and member.wire not in create and self._chosen,
            parent=member.wire in self.around,
            known_callers=any(said.operation.security for said in self.family.members),
            acts=any(said.address.keys and said.address.tail for said in self.direct) or "lifecycle" in self.hinted,
            own=frozenset((*words(self.family.name), *words(self.family.record.name))),
            lists=tuple(each.wire for each in self.members if isinstance(each.shape, ListOf)),
            example=self._example(member),
        )
        source, because, formula = self._source(question)
        given = create.get(member.wire) or change.get(member.wire)
        default = self._default(source, question, given)
        optional = given is not None and not given.required
        unfilled = source is FieldSource.CALLER and (given is None or optional or member.wire not in create)
        return FieldDefinition(
            origin=member.origin,
            because=because,
            wire=member.wire,
            name=member.name,
            shape=member.shape,
            source=source,
            nullable=member.nullable or (unfilled and default is None) or _nothing(source, member),
            shown=not member.write_only,
            changeable=member.wire in change and source is FieldSource.CALLER,
            default=default,
            formula=formula,
            renamed_from=as_text(member.hint("renamed-from")) or None,
        )

    def inputs(self, fields: Iterable[FieldDefinition]) -> Iterator[FieldDefinition]:
        """D6: what goes in and never comes out: a password is kept as a hash, what a hint says is kept as it is."""
        known = {field.wire for field in fields}
        taken = {field.name for field in fields}
        for wire, member in {**self._requested(_changes), **self._requested(_creates)}.items():
            source, because, formula = self._hinted(member) or (None, None, "")
            if source is None and words(wire)[-1:] and words(wire)[-1] in _SECRETS:
                source, because = FieldSource.HASHED, Because("D6", f"{wire}: it goes in and never comes out")
            if wire not in known and source is not None and because is not None:
                yield FieldDefinition(
                    origin=member.origin, because=because, wire=wire, name=unlike(member.name, taken),
                    shape=member.shape, source=source, nullable=not member.required or member.nullable,
                    shown=False, changeable=wire in self._requested(_changes), formula=formula,
                )  # fmt: skip

    @property
    def _chosen(self) -> bool:
        """Whether a PUT makes one where nobody else does."""
        made = any(_posts(said) for said in self.direct)
        return not made and any(said.is_item and said.method is Method.PUT for said in self.direct)

    def _source(self, question: Question) -> tuple[FieldSource, Because, str]:
        member = question.member
        if (hinted := self._hinted(member)) is not None:
            return hinted
        if member.hint("owner") is True or self.hinted.get("owner") == member.wire:
            because = Because("H-owner", f"{member.wire}: whose it is, a hint says so", Confidence.SAID)
            return FieldSource.OWNER, because, ""
        if as_mapping(self.hinted.get("lifecycle")).get("field") == member.wire:
            because = Because("H-lifecycle", f"{member.wire}: it is the status, a hint says so", Confidence.SAID)
            return FieldSource.STATUS, because, ""
        return (*source_of(question), "")

    def _hinted(self, member: Member) -> tuple[FieldSource, Because, str] | None:
        said = member.hint("source")
        named = as_text(said) or as_text(as_mapping(said).get("is"))
        if not named:
            return None
        because = Because("H-source", f"{member.wire}: {named}, a hint says so", Confidence.SAID)
        return FieldSource(named), because, as_text(as_mapping(said).get("formula"))

    def _default(self, source: FieldSource, question: Question, given: Member | None) -> Json:
        member = question.member
        hinted = as_mapping(member.hint("source"))
        if "value" in hinted:
            return hinted["value"]
        if source is FieldSource.CONSTANT:
            values = member.shape.values if isinstance(member.shape, Choice) else ()
            return values[0] if values else question.example
        if given is not None and given.has_default:
            return given.default
        if is_status(member) and not question.in_create and source is FieldSource.CALLER:
            return beginning(member.shape, member.default, (as_text(question.example),))[0]
        return member.default

    def _requested(self, fits: Callable[[Said], bool]) -> Mapping[str, Member]:
        found: dict[str, Member] = {}
        for said in self.direct:
            record = self.sayings.record(said.request) if fits(said) else None
            for member in record.members if record is not None else ():
                found.setdefault(member.wire, member)
        return found

    def _example(self, member: Member) -> Json:
        try:
            listed = as_mapping(at(self.sayings.contract.document, member.origin.pointer)).get("examples")
        except KeyError:
            listed = None
        if isinstance(listed, tuple) and listed:
            return listed[0]
        for said in self.family.members:
            for example in _answers(said):
                if member.wire in as_mapping(example):
                    return as_mapping(example)[member.wire]
        return None


def _answers(said: Said) -> Iterator[Json]:
    media = preferred(said.operation.success.media) if said.operation.success else None
    for example in media.examples if media is not None else ():
        value = example
        for step in said.answer.path if isinstance(said.answer, Unwrapped) else ():
            value = as_mapping(value).get(step)
        yield value


def _posts(said: Said) -> bool:
    return said.method is Method.POST and not said.address.keys and said.address.tail is None


def _creates(said: Said) -> bool:
    return _posts(said) or (said.is_item and said.method is Method.PUT and said.operation.response("201") is not None)


def _changes(said: Said) -> bool:
    return said.address.tail is None and said.method in {Method.PUT, Method.PATCH}


def _alike(one: Record, other: Record) -> bool:
    """Whether two records are about the same thing: half of the smaller one's members are in the other."""
    ones, others = {member.wire for member in one.members}, {member.wire for member in other.members}
    return 2 * len(ones & others) >= min(len(ones), len(others)) > 0


def _hidden(
    family: Family, fields: Sequence[FieldDefinition], own: str, outer: Iterable[Around]
) -> Iterator[FieldDefinition]:
    """Fields that the paths need and the record does not show."""
    wires = {field.wire: field.name for field in fields}
    names = set(wires.values())
    for each in outer:
        if each.wire not in wires:
            wires[each.wire] = unlike(snake(each.wire), names)
            names.add(wires[each.wire])
            yield _unseen(family, each.wire, wires[each.wire], each.shape, FieldSource.PATH)
    if own not in wires:
        chosen = any(said.is_item and said.method is Method.PUT for said in family.members)
        source = FieldSource.PATH if chosen else FieldSource.ID
        yield _unseen(family, own, unlike(snake(own), names), KEY, source)


def _unseen(family: Family, wire: str, name: str, shape: Shape, source: FieldSource) -> FieldDefinition:
    return FieldDefinition(
        origin=family.record.origin,
        because=Because("D1", f"{wire}: the path needs it", Confidence.NAMED),
        wire=wire,
        name=name,
        shape=shape,
        source=source,
        nullable=False,
        shown=False,
        changeable=False,
    )


def _python(fields: Iterable[FieldDefinition], wire: str) -> str:
    return next(field.name for field in fields if field.wire == wire)


def _nothing(source: FieldSource, member: Member) -> bool:
    return source is FieldSource.DEFAULT and not member.has_default and not member.required


def _soft(members: Iterable[Said], fields: Iterable[FieldDefinition]) -> bool:
    """D14: a field says when it was deleted, or what is deleted is told to be gone (410), or the words say it stays."""
    marked = any(set(words(field.wire)) & _GONE and words(field.wire)[-1] in {"at", "on", "date"} for field in fields)
    return marked or any(softly(said) for said in members if said.is_item)


def softly(said: Said) -> bool:
    """D14: whether an operation says that what it deletes stays: archived, or gone with a 410."""
    told = set(words(said.operation.description)) | set(words(said.operation.summary))
    deletes = said.method is Method.DELETE
    return (deletes and bool(told & {"archive", "archives", "soft", "softly", "deactivate", "deactivates"})) or bool(
        said.operation.response("410") if said.method in {Method.GET, Method.DELETE} else None
    )
