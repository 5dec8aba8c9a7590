"""What names one of them in a path, and what is around it there (D1, D20)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.generation.derivation import hints
from domain.generation.derivation.families import Family
from domain.generation.derivation.naming import singular, snake, words
from domain.generation.derivation.paths import Address, Segments
from domain.generation.derivation.said import Said, Sayings
from domain.generation.entities import Entity
from domain.generation.intake.documents import as_mapping, as_text
from domain.generation.shapes import Format, Member, Shape, Text

KEY: Shape = Text(format=Format.UUID)


@dataclass(frozen=True, slots=True)
class Around:
    """Something in the path before one of them. `family` is None where it is only a name: a namespace."""

    family: Family | None
    parameter: str
    wire: str
    shape: Shape


def family_at(collection: Segments, families: Iterable[Family]) -> Family | None:
    """Return the family of a collection; nothing is kept at the root of the paths."""
    if not collection:
        return None
    return next(
        (each for each in families if any(said.address.collection == collection for said in each.members)), None
    )


def is_inside(said: Said, family: Family, families: Sequence[Family]) -> bool:
    """Whether it is about something inside one of the family itself (`/wishlists/{id}/items`)."""
    return any(family_at(collection, families) is family for collection, _ in said.address.parents)


def around(family: Family, members: Sequence[Member], families: Sequence[Family], sayings: Sayings) -> Iterator[Around]:
    """Yield what stands before one of them in its path, outermost first."""
    own = key(family, members)
    wires = {member.wire for member in members} - {own}
    outside = [said for said in family.members if not is_inside(said, family, families)]
    named = next((said for said in outside if said.address.collection == family.collection), outside[0])
    longest = named if named.address.parents else max(outside, key=lambda said: len(said.address.parents))
    for collection, parameter in longest.address.parents:
        found = family_at(collection, families)
        wire = next((each for each in _spellings(parameter, found) if each in wires), parameter)
        shape = sayings.parameters.get((longest.operation.id, parameter), KEY)
        yield Around(found, parameter, f"{wire}_" if wire == own else wire, shape)


def key(family: Family, members: Iterable[Member]) -> str:
    """Return the member that the path of one of them is made from, else `id`; what no member is, is kept unseen."""
    wires = [member.wire for member in members]
    if (hinted := _hinted(family)) in wires:
        return hinted
    item = next((said.address for said in family.members if said.address.keys), None)
    wanted = list(_spellings(item.keys[-1], family)) if item is not None else []
    wanted += ["id", *_called(family.name), *_called("_".join(words(family.record.name)[-1:]))]
    return next((wire for wire in wanted if wire in wires), item.keys[-1] if item is not None else "id")


def path_of(address: Address, entity: Entity, known: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return which field each parameter of a path names. `known`: what stands around one of the entity."""
    holes = [name for _, name in address.parents]
    pairs = [(name, dict(known)[name]) for name in holes if name in dict(known)]
    if address.keys:
        pairs.append((address.keys[-1], entity.key))
    return tuple(pairs)


def hinted_keys(said: Said) -> Mapping[str, str]:
    """Return the field that each key of a path names, where a hint says so."""
    named = as_mapping(as_mapping(hints.of_operation(said.operation).get("entity")).get("keys"))
    return {parameter: as_text(field) for parameter, field in named.items()}


def _hinted(family: Family) -> str:
    for said in family.members:
        named = hinted_keys(said)
        if len(said.address.keys) == 1 and said.address.keys[0] in named:
            return named[said.address.keys[0]]
    return ""


def _called(name: str) -> tuple[str, ...]:
    joined = snake(name)
    first, *rest = joined.split("_")
    camel = first + "".join(word.capitalize() for word in rest)
    return (f"{camel}Id", f"{joined}_id", f"{camel}ID")


def _spellings(parameter: str, family: Family | None) -> Iterator[str]:
    """The names on the wire that a path's parameter may stand for: itself, then without the entity's name."""
    yield parameter
    if family is None:
        return
    said, own = list(words(parameter)), set(words(family.name)) | set(words(family.record.name))
    rest = [word for word in said if word not in own and singular(word) not in own]
    if rest and rest != said:
        yield "_".join(rest)
        yield rest[0] + "".join(word.capitalize() for word in rest[1:])
    if said[-1:] == ["id"]:
        yield "id"
        yield from _called(family.name)
