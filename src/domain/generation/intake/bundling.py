"""Several papers made one: what a reference to another file leads to is taken in, and the reference leads there.

What cannot be had is not wrong: where a schema is missing, anything may stand, and that is said.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from domain.generation.contract import Json
from domain.generation.intake.documents import as_mapping, at, step, steps

KINDS: Final = {"parameters": "parameters", "responses": "responses", "headers": "headers", "examples": "examples"}
"""Where a reference stands says what it leads to; anywhere else it is a schema."""

UNRESOLVED: Final = "x-unresolved"
"""In place of a schema that is not to be had: what the reference said."""

_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")


class CannotResolve(Exception):
    """A reference leads to something that is not to be had: another host, a file or a place that is not there."""

    def __init__(self, target: str, why: str) -> None:
        super().__init__(f"{target}: {why}")
        self.target = target
        self.why = why


Load = Callable[[str], Json]
"""Return the document of a file, by its path relative to the contract. Raises: CannotResolve."""


@dataclass(slots=True)
class Bundling:
    """Takes in what other files hold. `unresolved`: (where the reference stands, what is wrong with it); `vital` are
    those without which there is no document: all that lead to more than a schema.
    """

    document: Mapping[str, Json]
    load: Load
    unresolved: list[tuple[str, CannotResolve]] = field(default_factory=list)
    vital: list[tuple[str, CannotResolve]] = field(default_factory=list)
    _taken: dict[tuple[str, str], str] = field(default_factory=dict)
    _components: dict[str, dict[str, Json]] = field(default_factory=dict)

    def bundled(self) -> Mapping[str, Json]:
        """Return the document without a reference that leads out of it; those of `vital` are left as they are."""
        own = as_mapping(self.document.get("components"))
        self._components = {kind: dict(as_mapping(named)) for kind, named in own.items()}
        document = as_mapping(self._within(self.document, "", ""))
        if not self._taken:
            return document
        kept = as_mapping(document.get("components"))
        merged = {kind: {**named, **as_mapping(kept.get(kind))} for kind, named in self._components.items()}
        return {**document, "components": {**kept, **merged}}

    def _within(self, value: Json, pointer: str, file: str) -> Json:
        if isinstance(value, tuple):
            return tuple(self._within(each, f"{pointer}/{index}", file) for index, each in enumerate(value))
        if not isinstance(value, Mapping):
            return value
        target = value.get("$ref")
        if isinstance(target, str):
            return self._reference(value, target, pointer, file)
        return {key: self._within(each, f"{pointer}/{step(key)}", file) for key, each in value.items()}

    def _reference(self, value: Mapping[str, Json], target: str, pointer: str, file: str) -> Json:
        path, _, place = target.partition("#")
        if not path and not file:
            try:
                at(self.document, place)
            except KeyError:
                return self._missing(value, pointer, CannotResolve(target, "nothing stands there"))
            return value
        if "://" in path:
            return self._missing(value, pointer, CannotResolve(target, "other hosts are not asked"))
        there = posixpath.normpath(posixpath.join(posixpath.dirname(file), path)) if path else file
        try:
            return self._taken_in(value, there, place, pointer)
        except CannotResolve as error:
            return self._missing(value, pointer, error)

    def _missing(self, value: Mapping[str, Json], pointer: str, error: CannotResolve) -> Json:
        if _kind(pointer) != "schemas":
            self.vital.append((pointer, error))
            return value
        self.unresolved.append((pointer, error))
        return {UNRESOLVED: error.target, "description": f"{error.target}: {error.why}."}

    def _taken_in(self, value: Mapping[str, Json], file: str, place: str, pointer: str) -> Json:
        found = self._at(file, place)
        kind = _kind(pointer)
        if kind is None:  # a path item: it stands where it is used
            return self._within(found, pointer, file)
        if (file, place) not in self._taken:
            name = self._name(kind, file, place)
            self._taken[file, place] = f"#/components/{kind}/{name}"
            self._components.setdefault(kind, {})[name] = None  # the name is taken while it may lead back to itself
            self._components[kind][name] = self._within(found, f"/components/{kind}/{name}", file)
        return {**value, "$ref": self._taken[file, place]}

    def _at(self, file: str, place: str) -> Json:
        document = self.load(file)
        try:
            return at(document, place)
        except KeyError:
            raise CannotResolve(f"{file}#{place}", "nothing stands there") from None

    def _name(self, kind: str, file: str, place: str) -> str:
        wanted = _NAME.sub("_", steps(place)[-1] if place else posixpath.splitext(posixpath.basename(file))[0])
        name, count = wanted, 1
        while name in self._components.get(kind, {}):
            count += 1
            name = f"{wanted}_{count}"
        return name


def _kind(pointer: str) -> str | None:
    """What a reference at this place leads to: the room in `components`; None for a path item."""
    tokens = steps(pointer)
    if len(tokens) == 2 and tokens[0] == "paths":
        return None
    if tokens[-1] == "requestBody":
        return "requestBodies"
    return KINDS.get(tokens[-2], "schemas") if len(tokens) > 1 and "schema" not in tokens[:-1] else "schemas"
