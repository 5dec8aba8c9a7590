"""The words that sentences may use: those of the contract, in their forms, and those of the table of words.

What a word means is exact: a form of a name, or nothing. Likeness only serves to suggest.
"""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from domain.generation.behaviours import Act, Behaviour, Change, Create, Delete, List, Read, Replace, Reported
from domain.generation.contract import Method, Operation
from domain.generation.derivation.naming import words
from domain.generation.entities import Entity, FieldSource
from domain.generation.lifecycles import Lifecycle
from domain.generation.shapes import Choice, ListOf, Named, Record, Shape
from domain.generation.specification import Specification
from domain.generation.stories.lemmas import nouns, phrase, plain, verbs
from domain.generation.stories.telling import Synonym

_QUANTITY: Final = frozenset({"quantity", "qty", "units", "pieces"})


class Deeds(StrEnum):
    """What is done to an entity."""

    MAKE = "make"
    READ = "read"
    CHANGE = "change"
    REMOVE = "remove"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Deed:
    """`action` is the tail of its path (`check-in`), or `create`, `change`, `delete`, `read`."""

    kind: Deeds
    entity: str
    action: str
    operation: str


@dataclass(frozen=True, slots=True)
class FieldAt:
    """A field of an entity, or (with `within`) of the elements of a list of it."""

    entity: str
    name: str
    shape: Shape
    source: FieldSource | None
    within: str | None = None

    @property
    def path(self) -> str:
        return f"{self.within}.{self.name}" if self.within else self.name


@dataclass(frozen=True, slots=True)
class ListAt:
    """A list of an entity. `quantity`: the field of its elements that says how many units each stands for."""

    entity: str
    name: str
    shape: ListOf
    quantity: str | None
    element: Record | None = None


@dataclass(frozen=True, slots=True)
class StateAt:
    entity: str
    state: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a role, or (None) whoever it is."""

    role: str | None


Meaning: TypeAlias = Entity | Deed | FieldAt | ListAt | StateAt | Actor | str

_ANYBODY: Final = ("user", "actor", "person", "member", "account", "caller", "client", "visitor", "owner", "creator")
_COUNTED: Final = ("item", "line", "unit", "piece", "different item", "distinct item", "item in total", "unit in total")
_GENERIC: Final = {
    Deeds.MAKE: ("create", "make", "add", "place", "submit"),
    Deeds.READ: ("see", "view", "read", "access", "list", "look at", "get"),
    Deeds.CHANGE: ("change", "edit", "update", "modify"),
    Deeds.REMOVE: ("delete", "remove"),
}
_DEED_OF: Final[tuple[tuple[type[Behaviour], Deeds, str], ...]] = (
    (Create, Deeds.MAKE, "create"), (Read, Deeds.READ, "read"), (List, Deeds.READ, "read"),
    (Replace, Deeds.CHANGE, "change"), (Change, Deeds.CHANGE, "change"), (Delete, Deeds.REMOVE, "delete"),
)  # fmt: skip


@dataclass(slots=True)
class Vocabulary:
    """Phrases by their kind, each with all that it may mean."""

    specification: Specification
    kinds: dict[str, dict[str, tuple[Meaning, ...]]] = field(default_factory=dict)

    def meanings(self, kind: str, text: str) -> tuple[Meaning, ...]:
        return self.kinds.get(kind, {}).get(text.strip(), ())

    def nearest(self, kind: str, text: str) -> tuple[str, ...]:
        """Return the words that are most alike, to be suggested and never to be taken."""
        known = list(self.kinds.get(kind, {}))
        return tuple(difflib.get_close_matches(text.strip(), known, n=3, cutoff=0.0))

    def entity(self, name: str) -> Entity:
        return self.specification.entity(name)

    def lifecycle(self, entity: str) -> Lifecycle | None:
        return next((life for life in self.specification.lifecycles if life.entity == entity), None)

    def fields(self, entity: str) -> tuple[FieldAt, ...]:
        return tuple(_fields(self.entity(entity)))

    def lists(self, entity: str) -> tuple[ListAt, ...]:
        return tuple(_lists(self.specification, self.entity(entity)))

    def deeds(self, entity: str, kind: Deeds | None = None) -> tuple[Deed, ...]:
        known = {each for means in self.kinds["deed"].values() for each in means if isinstance(each, Deed)}
        found = (each for each in known if each.entity == entity and kind in (None, each.kind))
        return tuple(sorted(found, key=lambda each: (each.action, each.operation)))

    def add(self, kind: str, phrases: Iterable[str], *means: Meaning) -> None:
        known = self.kinds.setdefault(kind, {})
        for each in phrases:
            if each.strip():
                known[each] = tuple(dict.fromkeys((*known.get(each, ()), *means)))


def vocabulary(
    specification: Specification, synonyms: Iterable[Synonym] = ()
) -> tuple[Vocabulary, tuple[Synonym, ...]]:
    """Return the words of a contract and of the table of words, and the rows of the table that mean nothing."""
    known = Vocabulary(specification)
    for kind in ("entity", "field", "list", "state", "deed", "made", "actor", "role", "counted", "stock", "head"):
        known.kinds[kind] = {}
    for entity in specification.entities:
        _of_entity(known, entity)
    for deed in _deeds(specification):
        _of_deed(known, deed)
    for role in roles(specification):
        known.add("role", nouns(role), Actor(role))
        known.add("actor", nouns(role), Actor(role))
    for anybody in (*_ANYBODY, "customer"):
        if anybody not in known.kinds["role"]:
            known.add("actor", nouns(anybody), Actor(None))
    known.add("actor", ("everybody", "everyone", "anybody", "anyone"), Actor(None))
    for counted in _COUNTED:
        first, *rest = counted.split(" ", 1) if " in " in counted else (counted,)
        known.add("counted", (" ".join((form, *rest)) for form in nouns(first)), counted)
    return known, tuple(row for row in synonyms if not _synonym(known, row))


def roles(specification: Specification) -> tuple[str, ...]:
    """Return the roles of a contract: what a field named role may say, and the scopes of its security schemes."""
    said = [
        str(value)
        for record in specification.shapes.records
        for member in record.members
        if words(member.wire)[-1:] in {("role",), ("roles",)}
        for shape in (member.shape.element if isinstance(member.shape, ListOf) else member.shape,)
        if isinstance(shape, Choice)
        for value in shape.values
        if isinstance(value, str)
    ]
    scopes = [scope for scheme in specification.contract.security_schemes.values() for scope in scheme.scopes]
    return tuple(dict.fromkeys((*said, *(scope for scope in scopes if ":" not in scope))))


def _of_entity(known: Vocabulary, entity: Entity) -> None:
    names = nouns(entity.name)
    known.add("entity", names, entity)
    for at in (*known.fields(entity.name), *_nested(known, entity)):
        said = nouns(at.name)
        known.add("field", said, at)
        known.add("field", (f"{name} {form}" for name in names for form in said), at)
        known.add("head", nouns(words(at.name)[-1]), at)
        known.add("head", said, at)
        if "stock" in words(at.name) or "inventory" in words(at.name):
            known.add("stock", ("stock", "inventory", *said), at)
    for list_ in known.lists(entity.name):
        known.add("list", nouns(list_.name), list_)
        known.add("counted", nouns(list_.name), list_)
    life = known.lifecycle(entity.name)
    status = next((each for each in entity.fields if each.source is FieldSource.STATUS), None)
    states = life.states if life else _values(status.shape) if status else ()
    for state in states:
        known.add("state", (phrase(state),), StateAt(entity.name, state))


def _of_deed(known: Vocabulary, deed: Deed) -> None:
    entity = known.entity(deed.entity)
    first = words(deed.operation)[:1]
    said = {"act": deed.action}.get(deed.kind, first[0] if first else deed.action)
    forms = {form for verb in (said, *_GENERIC.get(deed.kind, ())) for form in verbs(verb)}
    if deed.kind is Deeds.MAKE:
        noun = phrase(entity.name)
        made = {*nouns(entity.name), f"{noun} time", "creation", f"{noun} creation", *verbs(noun)}
        forms |= set(verbs(noun))
        for name in nouns(entity.name):
            made |= {f"{form} {name}" for form in forms} | {f"{name} is {form}" for form in forms}
            made |= {f"{name} are {form}" for form in forms} | {f"{form} the {name}" for form in forms}
            made |= {f"{form} an {name}" for form in forms} | {f"{form} a {name}" for form in forms}
        known.add("made", made, entity)
    known.add("deed", forms, deed)
    known.add("operation", (phrase(deed.operation),), deed)


def _deeds(specification: Specification) -> Iterator[Deed]:
    of: dict[str, str] = {}
    for behaviour in specification.behaviours:
        entity = getattr(behaviour, "entity", None)
        if entity is None:
            continue
        found = next((each for each in _DEED_OF if type(behaviour) is each[0]), None)
        if found is not None:
            yield Deed(found[1], entity, found[2], behaviour.operation)
        if isinstance(behaviour, Read | Change | Replace | Delete):
            of[_path(specification, behaviour.operation).path] = entity
    for behaviour in specification.behaviours:
        operation = _path(specification, behaviour.operation)
        item, tail = _split(operation.path)
        writes = operation.method in {Method.POST, Method.PUT, Method.PATCH}
        if isinstance(behaviour, Act | Reported) and item in of and tail and writes:
            yield Deed(Deeds.ACT, of[item], tail, behaviour.operation)


def _path(specification: Specification, id_: str) -> Operation:
    return next(each for each in specification.contract.operations if each.id == id_)


def _split(path: str) -> tuple[str, str]:
    """The item of a path and the verb behind it: `/orders/{id}/cancel`, `/orders/{id}:cancel`."""
    item, brace, tail = path.rpartition("}")
    return f"{item}{brace}", tail.lstrip("/:") if "/" not in tail.lstrip("/:") else ""


def _fields(entity: Entity) -> Iterator[FieldAt]:
    for each in entity.fields:
        yield FieldAt(entity.name, each.name, each.shape, each.source)


def _nested(known: Vocabulary, entity: Entity) -> Iterator[FieldAt]:
    for list_ in known.lists(entity.name):
        for member in list_.element.members if list_.element else ():
            yield FieldAt(entity.name, member.name, member.shape, None, list_.name)


def _lists(specification: Specification, entity: Entity) -> Iterator[ListAt]:
    for each in entity.fields:
        if isinstance(each.shape, ListOf):
            element = each.shape.element
            record = specification.shapes.record(element.record) if isinstance(element, Named) else None
            quantity = next((m.name for m in record.members if m.name in _QUANTITY), None) if record else None
            yield ListAt(entity.name, each.name, each.shape, quantity, record)


def _values(shape: Shape) -> tuple[str, ...]:
    return tuple(str(value) for value in shape.values) if isinstance(shape, Choice) else ()


def _synonym(known: Vocabulary, row: Synonym) -> bool:
    """Take a row of the table in; False, when what it is said to mean is nothing that is known."""
    taken = False
    for kind, phrases in list(known.kinds.items()):
        found = [phrases.get(phrase(each)) or phrases.get(plain(each).strip()) for each in row.means]
        if all(found):
            target = "deed" if kind == "operation" else kind
            forms = verbs(row.word) if target == "deed" else nouns(row.word)
            means = tuple(each for several in found for each in several or ())
            known.add(target, tuple(plain(form).strip() for form in (*forms, row.word)), *means)
            taken = True
    return taken
