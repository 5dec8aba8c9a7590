"""What hints say of something: of an operation, a parameter, a response, the record of an entity."""

from collections.abc import Iterable, Mapping

from domain.generation.contract import Contract, Json, Operation, Parameter, Response, Schema
from domain.generation.derivation.said import Said
from domain.generation.intake.contracts import HINT
from domain.generation.intake.documents import as_mapping, as_text, at
from domain.generation.origin import Origin
from domain.generation.shapes import Record


def of_operation(operation: Operation) -> Mapping[str, Json]:
    """Return the hints on an operation, by their names without the prefix."""
    return _plain(operation.hints or {})


def of_part(contract: Contract, part: Parameter | Response | Schema) -> Mapping[str, Json]:
    """Return the hints on a parameter, a response or a schema, or on the component that it refers to."""
    return _at(contract, part.origin)


def of_record(contract: Contract, record: Record) -> Mapping[str, Json]:
    """Return the hints on the schema that a record was made from."""
    return _at(contract, record.origin)


def of_family(contract: Contract, record: Record, members: Iterable[Said]) -> Mapping[str, Json]:
    """Return the hints on the schema of an entity, and on the operations about it: those of the schema count first."""
    found: dict[str, Json] = {}
    for said in members:
        found.update(of_operation(said.operation))
    return {**found, **of_record(contract, record)}


def reason(hints: Mapping[str, Json]) -> str | None:
    """Return why something is left out, if it is."""
    return as_text(as_mapping(hints.get("ignore")).get("reason")) or None


def entity_of(hints: Mapping[str, Json]) -> str | None:
    """Return the entity that a hint names."""
    said = hints.get("entity")
    return as_text(said) or as_text(as_mapping(said).get("name")) or None


def _at(contract: Contract, origin: Origin) -> Mapping[str, Json]:
    try:
        said = as_mapping(at(contract.document, origin.pointer))
        target = as_text(said.get("$ref"))
        around = as_mapping(at(contract.document, target.removeprefix("#"))) if target else {}
    except KeyError:
        return {}
    return _plain({**around, **said})


def _plain(said: Mapping[str, Json]) -> dict[str, Json]:
    return {key.removeprefix(HINT): value for key, value in said.items() if key.startswith(HINT)}
