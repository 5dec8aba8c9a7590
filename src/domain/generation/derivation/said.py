"""What each operation says: what it is about, what goes in, what comes out; shapes with their envelopes off."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.generation.contract import Contract, Media, Method, Operation
from domain.generation.derivation.envelopes import Unwrapped, element, entity, record_of
from domain.generation.derivation.paths import Address, Paths
from domain.generation.derivation.shaping import Shaping
from domain.generation.derivation.signing import signing
from domain.generation.origin import Origin
from domain.generation.shapes import Record, Shape, Shapes

JSON: Final = ("application/json", "application/merge-patch+json")


@dataclass(frozen=True, slots=True)
class Said:
    """One operation. `answer` is its entity, or the element of its list; None where nothing comes out, or no JSON."""

    operation: Operation
    address: Address
    request: Unwrapped | None
    answer: Unwrapped | None
    is_list: bool
    signing: str | None = None
    """D18: what says that it signs a caller in or out, if it does."""

    @property
    def method(self) -> Method:
        return self.operation.method

    @property
    def is_item(self) -> bool:
        return bool(self.address.keys) and self.address.tail is None


@dataclass(frozen=True, slots=True)
class Sayings:
    """All operations of a contract, and its shapes."""

    contract: Contract
    shapes: Shapes
    said: tuple[Said, ...]
    unsaid: tuple[tuple[Origin, str], ...]
    """Keywords that no shape can say, and where each stands."""
    bodies: Mapping[str, Record]
    """The record of each operation's whole answer, where it is one, envelopes and all."""
    parameters: Mapping[tuple[str, str], Shape]
    """The shape of each parameter, by operation and name."""

    def record_of(self, shape: Shape) -> Record | None:
        return record_of(shape, self.shapes)

    def record(self, unwrapped: Unwrapped | None) -> Record | None:
        return None if unwrapped is None else record_of(unwrapped.shape, self.shapes)


def sayings(contract: Contract) -> Sayings:
    """Return what every operation of a contract says."""
    shaping = Shaping(contract)
    shaping.all()
    requests = {operation.id: _shape(shaping, operation.body) for operation in contract.operations}
    answers = {
        operation.id: _shape(shaping, operation.success.media) if operation.success else None
        for operation in contract.operations
    }
    parameters: dict[tuple[str, str], Shape] = {}
    for operation in contract.operations:  # so that the records of errors and parameters are known, too
        for response in operation.responses:
            _shape(shaping, response.media)
        for parameter in operation.parameters:
            if parameter.schema is not None:
                parameters[operation.id, parameter.name] = shaping.shape(parameter.schema)
    shapes = shaping.all()
    lists = frozenset(id_ for id_, shape in answers.items() if shape is not None and element(shape, shapes))
    paths = Paths(contract.operations, lists)
    return Sayings(
        contract,
        shapes,
        tuple(
            _said(operation, paths.address(operation), requests[operation.id], answers[operation.id], shapes)
            for operation in contract.operations
        ),
        tuple(dict.fromkeys(shaping.unsaid)),
        {id_: record for id_, shape in answers.items() if shape and (record := record_of(shape, shapes))},
        parameters,
    )


def _said(operation: Operation, address: Address, request: Shape | None, answer: Shape | None, shapes: Shapes) -> Said:
    one_of_them = bool(address.keys) and (address.tail is None or operation.method is not Method.GET)
    elements = None if answer is None or one_of_them else element(answer, shapes)
    if operation.method is not Method.GET and elements is not None and elements.path not in {(), ("data",)}:
        elements = None  # one thing that has a list, not a list of things
    return Said(
        operation,
        address,
        None if request is None else _request(request, answer, shapes),
        elements or (None if answer is None else entity(answer, shapes)),
        elements is not None,
        signing(operation, address, request, answer, shapes),
    )


def _request(request: Shape, answer: Shape | None, shapes: Shapes) -> Unwrapped:
    """What is sent: a member that the answer has, too, is no envelope but a part of it."""
    found = entity(request, shapes)
    shown = record_of(entity(answer, shapes).shape, shapes) if answer is not None else None
    within = shown is not None and found.path and shown.member(found.path[0]) is not None
    return Unwrapped(request) if within else found


def _shape(shaping: Shaping, media: Iterable[Media]) -> Shape | None:
    chosen = preferred(media)
    return None if chosen is None or chosen.schema is None else shaping.shape(chosen.schema)


def preferred(media: Iterable[Media]) -> Media | None:
    """Return the JSON of several ways to write a body; else the first with a schema."""
    known = [each for each in media if each.schema is not None]
    json = [each for each in known if each.type.split(";")[0] in JSON or each.type.split(";")[0].endswith("+json")]
    return next(iter(json or known), None)
