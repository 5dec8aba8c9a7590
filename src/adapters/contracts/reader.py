"""A contract from its file: read, bundled, hinted, judged by the specification's own validator, brought to 3.1."""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from openapi_spec_validator.validation.exceptions import (
    DuplicateOperationIDError,
    OpenAPIValidationError,
    UnresolvableParameterError,
)

from adapters.contracts.hints import wrong_hints
from adapters.contracts.overlay import applied, thawed
from adapters.contracts.paper import NotReadable, Paper, read
from application.generation.ports import Intake, Papers
from domain.generation.contract import Json
from domain.generation.diagnostics import Diagnostic, Severity, Stage
from domain.generation.intake.bundling import Bundling, CannotResolve
from domain.generation.intake.contracts import ContractReading, origin_in
from domain.generation.intake.documents import step
from domain.generation.intake.lints import lints, repeated_ids
from domain.generation.intake.upgrading import upgraded
from domain.generation.origin import Origin, Source

_VALIDATORS: Final = {"3.0": OpenAPIV30SpecValidator, "3.1": OpenAPIV31SpecValidator}

_OPERATION: Final = re.compile(r"'(?P<method>\w+)' operation in '(?P<path>.*?)' was")

_MOST: Final = 50
"""Errors of the validator that are shown: after so many, one does not read on."""


@dataclass(frozen=True, slots=True)
class FileContractReader:
    """Reads contracts from files; other files that they refer to, too. Other hosts are never asked."""

    def read(self, papers: Papers) -> Intake:
        """Return the contract, or what is wrong with it (`ContractReader`)."""
        intake = _Reading(Path(papers.contract), Path(papers.hints) if papers.hints else None).intake()
        stories = Path(papers.stories).read_text(encoding="utf-8") if papers.stories else None
        return replace(intake, stories=stories)


@dataclass(slots=True)
class _Reading:
    contract: Path
    hints: Path | None
    lines: Mapping[str, int] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)
    _others: dict[str, Json] = field(default_factory=dict)

    def intake(self) -> Intake:
        paper = self._paper(self.contract, Source.CONTRACT)
        if paper is None:
            return self._nothing()
        self.lines = paper.lines
        version = self._version(paper.value)
        if version is None or not isinstance(paper.value, Mapping):
            return self._nothing()
        bundling = Bundling(paper.value, self._load)
        document = bundling.bundled()
        for pointer, error in bundling.vital:
            self._wrong(pointer, f"Cannot resolve {error.target}: {error.why}.", "Bring it into the contract.")
        if bundling.vital:
            return self._nothing()
        document = self._hinted(document)
        self._judge(document, version)
        self.found.extend(repeated_ids(document, self.lines))
        if self.found:
            return self._nothing()
        contract = ContractReading(upgraded(document), self.lines).contract()
        self.found.extend(lints(contract))
        for pointer, error in bundling.unresolved:
            origin = self._origin(pointer)
            message = f"Cannot resolve {error.target}: {error.why}. Anything may stand there."
            self.found.append(
                Diagnostic(Stage.INTAKE, Severity.WARNING, origin, message, "Bring it into the contract.")
            )
        return Intake(contract, tuple(self.found), self.lines)

    def _nothing(self) -> Intake:
        return Intake(None, tuple(sorted(self.found, key=lambda said: said.origin)), self.lines)

    def _paper(self, path: Path, source: Source) -> Paper | None:
        try:
            return read(path.read_text(encoding="utf-8"))
        except NotReadable as error:
            self._say(Origin(source, "", error.line), f"{path.name} is not readable: {error.why}.", "Correct the line.")
        except UnicodeDecodeError as error:
            self._say(Origin(source), f"{path.name} is not UTF-8 (byte {error.start}).", "Save it as UTF-8.")
        return None

    def _version(self, document: Json) -> str | None:
        said = str(document.get("openapi", "")) if isinstance(document, Mapping) else ""
        version = said[:3]
        if version in _VALIDATORS:
            return version
        self._wrong("/openapi", f"It is no OpenAPI 3.0 or 3.1 ({said or 'it says no version'}).", "Bring it to 3.1.")
        return None

    def _load(self, file: str) -> Json:
        """The document of another file, beside the contract."""
        if file not in self._others:
            try:
                text = (self.contract.parent / file).read_text(encoding="utf-8")
                self._others[file] = read(text).value
            except (OSError, UnicodeDecodeError, NotReadable) as error:
                raise CannotResolve(file, str(error)) from None
        return self._others[file]

    def _hinted(self, document: Mapping[str, Json]) -> Mapping[str, Json]:
        if self.hints is not None and (overlay := self._paper(self.hints, Source.HINTS)):
            document, wrong = applied(document, overlay.value)
            for error in wrong:
                origin = Origin(Source.HINTS, error.pointer, overlay.line(error.pointer))
                self._say(origin, error.why, error.remedy)
        for pointer, message, remedy in wrong_hints(document):
            self._wrong(pointer, message, remedy)
        return document

    def _judge(self, document: Mapping[str, Json], version: str) -> None:
        validator = _VALIDATORS[version](thawed(document))
        for error in itertools.islice(validator.iter_errors(), _MOST):
            if isinstance(error, DuplicateOperationIDError):
                continue  # said below, with its places
            for pointer, message in _places(error):
                self._wrong(pointer, message, f"See OpenAPI {version}.")

    def _wrong(self, pointer: str, message: str, remedy: str) -> None:
        self._say(self._origin(pointer), message, remedy)

    def _origin(self, pointer: str) -> Origin:
        return origin_in(self.lines, pointer)

    def _say(self, origin: Origin, message: str, remedy: str) -> None:
        self.found.append(Diagnostic(Stage.INTAKE, Severity.ERROR, origin, message, remedy))


def _places(error: OpenAPIValidationError) -> Iterator[tuple[str, str]]:
    """The deepest places that an error is about: of several possibilities the one that comes nearest."""
    best: Any = error
    while isinstance(best, ValidationError) and best.context:
        best = max(best.context, key=lambda each: (len(each.absolute_path), -len(str(each.message))))
    pointer = "".join(f"/{step(token)}" for token in getattr(best, "absolute_path", ()))
    if isinstance(error, UnresolvableParameterError) and (said := _OPERATION.search(str(error.message))):
        pointer = f"/paths/{step(said['path'])}/{said['method']}"
    message = " ".join(str(best.message).partition("\n\nFailed validating")[0].split())
    yield pointer, message if len(message) < 200 else f"{message[:200]} …"
