"""Which operations are about the same entity: a family of collections, and the record that says what one of it is (D3).

Two collections are one family when one of each is the same record (`/users/{id}/posts` and `/posts/{id}`), or when a
hint gives both the same name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from domain.generation.contract import Method
from domain.generation.derivation import hints
from domain.generation.derivation.naming import is_plural, pascal, plural, singular, unlike, words
from domain.generation.derivation.paths import Segments, Word
from domain.generation.derivation.said import Said, Sayings
from domain.generation.shapes import Record

_ORDER: Final[tuple[Callable[[Said], bool], ...]] = (
    lambda said: said.is_item and said.method is Method.GET,
    lambda said: not said.address.keys and said.address.tail is None and said.method is Method.POST,
    lambda said: said.is_list and said.address.tail is None,
    lambda said: said.is_item,
    lambda said: not said.address.keys and said.address.tail is None,
)
"""Whose answer says what one of it is: GET item, else POST, else the list; else whatever is answered."""

_MAKES: Final = frozenset({
    "create", "creates", "add", "adds", "place", "places", "make", "makes", "new", "register", "buy", "submit", "book",
    "issue", "open", "insert", "post", "initiate", "record", "sign",
})  # fmt: skip
"""How an operation begins that says that it makes something to keep."""

_SUFFIXES: Final = frozenset({"body", "schema", "dto", "model", "response", "resource", "entity", "view", "read"})


@dataclass(frozen=True, slots=True)
class Family:
    """`name` in the singular, `collection` the path that names it, `members` what is said of it, in order."""

    name: str
    plural: str
    collection: Segments
    record: Record
    members: tuple[Said, ...]


def families(sayings: Sayings) -> tuple[Family, ...]:
    """Return the families in the order of the contract; an operation that belongs to none is in none."""
    by_collection: dict[Segments, list[Said]] = {}
    for said in sayings.said:
        if said.signing is None:
            by_collection.setdefault(said.address.collection, []).append(said)
    groups: dict[str, list[Segments]] = {}
    records: dict[Segments, Record] = {}
    for collection, members in by_collection.items():
        record = _record(members, sayings)
        if record is not None and _kept(members):
            records[collection] = record
            groups.setdefault(_hinted(members, record, sayings) or f" {record.name}", []).append(collection)
    found = [_family(group, collections, by_collection, records, sayings) for group, collections in groups.items()]
    return tuple(_named(found))


def _family(
    group: str,
    collections: list[Segments],
    by_collection: Mapping[Segments, list[Said]],
    records: Mapping[Segments, Record],
    sayings: Sayings,
) -> Family:
    collection = _main(collections, by_collection)
    hinted = None if group.startswith(" ") else group
    name = hinted or _name(collection) or pascal(records[collection].name)
    members = tuple(
        said for each in collections for said in by_collection[each] if said.address.collection in collections
    )
    placed = {said.operation.id: index for index, said in enumerate(sayings.said)}
    ordered = tuple(sorted(members, key=lambda said: placed[said.operation.id]))
    return Family(name, plural(name), collection, records[collection], ordered)


def _hinted(members: Iterable[Said], record: Record, sayings: Sayings) -> str | None:
    """The name that a hint gives: on the record, else on one of the operations."""
    named = hints.entity_of(hints.of_record(sayings.contract, record))
    operations = (hints.entity_of(hints.of_operation(said.operation)) for said in members)
    return named or next((name for name in operations if name), None)


def _named(found: Sequence[Family]) -> list[Family]:
    """Each by the end of its path. Of several with the same end the one whose record is called so keeps it, else the
    only one of them that has items; the others are called as their records.
    """
    named: list[Family] = []
    for family in found:
        rivals = [other for other in found if other.name == family.name]
        keeps = len(rivals) == 1 or family is _keeper(rivals)
        name = unlike(family.name if keeps else pascal(family.record.name), (each.name for each in named))
        named.append(replace(family, name=name, plural=plural(name)))
    return named


def _keeper(rivals: Sequence[Family]) -> Family | None:
    called = [family for family in rivals if stem(family.record.name) == family.name]
    items = [family for family in rivals if any(said.is_item for said in family.members)]
    for few in (called, items):
        if len(few) == 1:
            return few[0]
    return None


def stem(record: str) -> str:
    """Return what a record is about: `OrderBody` and `OrderSchema` are about an order."""
    said = list(words(record))
    while len(said) > 1 and said[-1] in _SUFFIXES:
        said.pop()
    return pascal("_".join(said))


def _record(members: Iterable[Said], sayings: Sayings) -> Record | None:
    known = list(members)
    for fits in _ORDER:
        for said in known:
            if fits(said) and (record := sayings.record(said.answer)) is not None and record.members:
                return record
    if any(said.is_item for said in known):  # nobody shows one: what is sent says what it is
        for said in known:
            if said.address.tail is None and (record := sayings.record(said.request)) is not None:
                return record
    return None


def _kept(members: Sequence[Said]) -> bool:
    """Whether something is kept there: it can be asked for again, or it is said that one is made.

    A single `POST /script` that runs something is none: nothing says that what it answers stays.
    """
    direct = [said for said in members if said.address.tail is None]
    if any(said.method in {Method.GET, Method.HEAD} or said.is_item for said in direct) or not direct:
        return True
    return any(hints.entity_of(hints.of_operation(said.operation)) or _makes(said) for said in direct)


def _makes(said: Said) -> bool:
    last = said.address.collection[-1] if said.address.collection else None
    noun = isinstance(last, Word) and bool(words(last.text)) and is_plural(words(last.text)[-1])
    opening = set(words(said.operation.id)[:1]) | set(words(said.operation.summary)[:1])
    return noun or said.operation.response("201") is not None or bool(opening & _MAKES)


def _main(collections: list[Segments], by_collection: Mapping[Segments, list[Said]]) -> Segments:
    """The collection that an entity is named by: the one with items, then the shortest."""
    return min(
        collections,
        key=lambda each: (not any(said.is_item for said in by_collection[each]), len(each), collections.index(each)),
    )


def _name(collection: Segments) -> str:
    for segment in reversed(collection):
        if isinstance(segment, Word) and words(segment.text):
            *before, last = words(segment.text)
            return pascal("_".join((*before, singular(last))))
    return ""
