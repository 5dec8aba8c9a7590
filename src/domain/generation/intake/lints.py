"""What a valid document may still say that no service can keep: each found, with its place and its remedy."""

import re
from collections.abc import Iterator, Mapping

from domain.generation.contract import Contract, Json, Method, Place
from domain.generation.diagnostics import Diagnostic, Severity, Stage
from domain.generation.intake.contracts import origin_in
from domain.generation.intake.documents import as_mapping, step
from domain.generation.origin import Origin, Source


def lints(contract: Contract) -> Iterator[Diagnostic]:
    """Yield what stands in the way, in the order of the operations."""
    yield from _paths(contract)
    if not contract.operations:
        nowhere = Origin(Source.CONTRACT, "/paths")
        yield _error(nowhere, "It has no operation.", "Write at least one under `paths`.")


def repeated_ids(document: Mapping[str, Json], lines: Mapping[str, int]) -> Iterator[Diagnostic]:
    """Yield each operation whose operationId another one has, too. It can be asked of any document."""
    places: dict[str, list[str]] = {}
    for path, item in as_mapping(document.get("paths")).items():
        for method in Method:
            said = as_mapping(as_mapping(item).get(method.value))
            if isinstance(name := said.get("operationId"), str):
                places.setdefault(name, []).append(f"/paths/{step(path)}/{method.value}/operationId")
    for name, pointers in places.items():
        for pointer in pointers if len(pointers) > 1 else ():
            message = f"The operationId {name!r} is used {len(pointers)} times."
            yield _error(origin_in(lines, pointer), message, "Give each operation one of its own.")


def _paths(contract: Contract) -> Iterator[Diagnostic]:
    """OpenAPI 3.1, 4.8.8.2 and 4.8.12: each name in a path has its parameter, and the other way round; no two paths
    differ by the names alone.
    """
    templates: dict[tuple[str, str], str] = {}
    for operation in contract.operations:
        named = set(re.findall(r"\{([^}]+)\}", operation.path))
        given = {parameter.name for parameter in operation.parameters if parameter.place is Place.PATH}
        for name in sorted(named - given):
            yield _error(operation.origin, f"{{{name}}} of {operation.path} has no parameter.", "Declare it, in: path.")
        for name in sorted(given - named):
            yield _error(operation.origin, f"The path parameter {name!r} is not in {operation.path}.", "Remove it.")
        shape = re.sub(r"\{[^}]+\}", "{}", operation.path)
        other = templates.setdefault((shape, operation.method), operation.path)
        if other != operation.path:
            yield _error(operation.origin, f"{operation.path} is {other} with other names.", "Write it as one path.")


def _error(origin: Origin, message: str, remedy: str) -> Diagnostic:
    return Diagnostic(Stage.INTAKE, Severity.ERROR, origin, message, remedy)
