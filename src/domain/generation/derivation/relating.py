"""What things have to do with each other (D20): references to another's key, rows of their own."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from domain.generation.derivation.envelopes import record_of
from domain.generation.derivation.naming import singular, words
from domain.generation.entities import Child, Entity, Relation
from domain.generation.shapes import ListOf, Record, Shapes


def related(entity: Entity, entities: Sequence[Entity], shapes: Shapes) -> Entity:
    """Return the entity with its references and its rows: what is called as another entity's key refers to it."""
    fields = tuple(
        replace(field, reference=reference(field.wire, entities, but=entity) if field.name != entity.key else None)
        for field in entity.fields
    )
    return replace(entity, fields=fields, children=tuple(_children(entity, entities, shapes)))


def reference(wire: str, entities: Iterable[Entity], but: Entity | None = None) -> Relation | None:
    """Return what a name on the wire refers to: `customerId` a customer by its key, `customerIds` several."""
    said = words(wire)
    joined = "_".join((*said[:-1], singular(said[-1]))) if said else ""
    for other in entities:
        own = "_".join(words(other.name))
        called = {f"{own}_id", f"{own}_{'_'.join(words(other.key))}", f"{own}_key"}
        if joined in called and (but is None or other.name != but.name):
            return Relation(entity=other.name, field=other.key)
    return None


def _children(entity: Entity, entities: Sequence[Entity], shapes: Shapes) -> Iterator[Child]:
    for field in entity.fields:
        record = record_of(field.shape.element, shapes) if isinstance(field.shape, ListOf) else None
        if record is not None:
            references = tuple(_inside(record, entities))
            yield Child(field=field.name, record=record.name, references=references)


def _inside(record: Record, entities: Sequence[Entity]) -> Iterator[Relation]:
    """`Relation.field` is the member of the record here: the key of the other is the entity's own."""
    for member in record.members:
        found = reference(member.wire, entities)
        if found is not None:
            yield Relation(entity=found.entity, field=member.name)
