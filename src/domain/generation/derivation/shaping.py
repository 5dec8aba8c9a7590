"""Schemas become shapes. What a shape cannot say is listed, never lost: `unsaid` names the keyword and its place."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from domain.generation.contract import Contract, Json, Schema
from domain.generation.derivation.merging import merged
from domain.generation.derivation.naming import pascal, snake, unlike
from domain.generation.derivation.scalars import count, number, text, whole
from domain.generation.intake.bundling import UNRESOLVED
from domain.generation.intake.contracts import HINT, SCHEMAS
from domain.generation.intake.documents import as_list, as_mapping, as_text, step, steps, texts
from domain.generation.origin import Origin
from domain.generation.shapes import (
    Choice,
    Flag,
    Free,
    ListOf,
    Member,
    Named,
    OneOf,
    Record,
    Shape,
    Shapes,
)

NOTHING: Final = Choice((None,))
"""What may only be null."""

_UNSAID: Final = frozenset({
    "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties", "propertyNames",
    "contains", "prefixItems", "unevaluatedProperties", "unevaluatedItems", UNRESOLVED,
})  # fmt: skip
_CONSTRAINTS: Final = frozenset({
    "type", "enum", "const", "properties", "required", "allOf", "anyOf", "oneOf", "items", "minimum", "maximum",
    "minLength", "maxLength", "pattern", "minItems", "maxItems", "format", "additionalProperties", "minProperties",
})  # fmt: skip
"""What holds beside a reference; notes do not."""

_COUNTED: Final = frozenset({"minProperties", "maxProperties", "required"})
_OBJECT: Final = frozenset({"properties", "required", "additionalProperties"})


@dataclass(slots=True)
class Shaping:
    """Makes the shapes of one contract. Each record is made once; those without a name are named by their place."""

    contract: Contract
    unsaid: list[tuple[Origin, str]] = field(default_factory=list)
    _records: dict[str, Record | None] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.contract.schemas:
            self._names[name] = unlike(pascal(name), self._names.values())

    def all(self) -> Shapes:
        """Return every record that was made so far, those of the components among them."""
        for schema in self.contract.schemas.values():
            self.shape(schema)
        return Shapes(tuple(record for record in self._records.values() if record is not None))

    def shape(self, schema: Schema) -> Shape:
        """Return what a schema lets through."""
        body: Json = schema.body
        if schema.name is not None and "$ref" not in as_mapping(body):
            body = {"$ref": f"{SCHEMAS}{step(schema.name)}"}
        return self._shape(body, schema.origin, "body")

    def _shape(self, body: Json, origin: Origin, called: str) -> Shape:
        if isinstance(body, bool):
            return Free() if body else Choice(())
        said = as_mapping(body)
        if (name := _component(said)) and not _CONSTRAINTS & said.keys():
            return self._component_shape(name, called)
        if name:  # 3.1: what stands beside a reference holds, too
            said = {"allOf": ({"$ref": said["$ref"]}, {key: said[key] for key in said if key != "$ref"})}
        said = merged(said, self._resolve)
        self.unsaid.extend((origin.at(key), key) for key in said if key in _UNSAID)
        if "const" in said:
            return Choice((said["const"],))
        if "enum" in said:
            return Choice(distinct(as_list(said["enum"])))
        if {"oneOf", "anyOf"} <= said.keys():
            self.unsaid.append((origin.at("anyOf"), "anyOf beside oneOf"))
        for key, exactly in (("oneOf", True), ("anyOf", False)):
            if key in said:
                return self._one_of(said, key, exactly=exactly, origin=origin, called=called)
        return self._typed(said, origin, called)

    def _component_shape(self, name: str, called: str) -> Shape:
        schema = self.contract.schemas[name]
        known = self._names[name]
        if known in self._records:
            return Named(known)
        said = merged(as_mapping(schema.body), self._resolve)
        if _is_record(said):
            return self._record(said, schema.origin, known)
        return self._shape(schema.body, schema.origin, known or called)

    def _typed(self, said: Mapping[str, Json], origin: Origin, called: str) -> Shape:
        kinds = _kinds(said)
        shapes = [self._of_kind(kind, said, origin, called) for kind in kinds if kind != "null"]
        if "null" in kinds:
            shapes.append(NOTHING)
        if not shapes:
            return Free()
        return shapes[0] if len(shapes) == 1 else OneOf(shapes=tuple(shapes))

    def _of_kind(self, kind: str, said: Mapping[str, Json], origin: Origin, called: str) -> Shape:
        if kind == "string":
            return text(said)
        if kind == "integer":
            return whole(said)
        if kind == "number":
            return number(said)
        if kind == "boolean":
            return Flag()
        if kind == "array":
            return ListOf(
                element=self._shape(said.get("items", True), origin.at("items"), f"{called}Item"),
                fewest=count(said, "minItems"),
                most=count(said, "maxItems"),
                unique=said.get("uniqueItems") is True,
            )
        if _is_record(said):
            return self._record(said, origin, unlike(pascal(called), (*self._records, *self._names.values())))
        self.unsaid.extend((origin.at(key), key) for key in said if key in _COUNTED)
        values = said.get("additionalProperties")
        inner = self._shape(values, origin.at("additionalProperties"), f"{called}Value") if as_mapping(values) else None
        return Free(objects_only=True, values=inner)

    def _record(self, said: Mapping[str, Json], origin: Origin, name: str) -> Named:
        self._records[name] = None  # the name is taken while its members may speak of it
        required = texts(said.get("required"))
        known: list[Member] = []
        for wire, value in as_mapping(said.get("properties")).items():
            place = origin.at("properties", wire)
            python = unlike(snake(wire), (member.name for member in known))
            known.append(self._member(wire, python, value, place, wire in required, f"{name} {wire}"))
        if set(required) - {member.wire for member in known}:
            self.unsaid.append((origin.at("required"), "required of what is no property"))
        if as_mapping(said.get("additionalProperties")):
            self.unsaid.append((origin.at("additionalProperties"), "additionalProperties"))
        self._records[name] = Record(
            name=name,
            origin=origin,
            members=tuple(known),
            closed=said.get("additionalProperties") is False,
            fewest=count(said, "minProperties"),
            most=count(said, "maxProperties"),
        )
        return Named(name)

    def _member(
        self,
        wire: str,
        name: str,
        value: Json,
        origin: Origin,
        required: bool,
        called: str,
    ) -> Member:
        said = merged(self._resolve(value), self._resolve)
        around = as_mapping(value)
        shape, nullable = _without_null(self._shape(value, origin, called))
        return Member(
            origin=origin,
            wire=wire,
            name=name,
            shape=shape,
            required=required,
            nullable=nullable,
            read_only=said.get("readOnly") is True or around.get("readOnly") is True,
            write_only=said.get("writeOnly") is True or around.get("writeOnly") is True,
            default=said.get("default"),
            has_default="default" in said,
            description=as_text(around.get("description")) or as_text(said.get("description")),
            hints=tuple(
                (key.removeprefix(HINT), each) for key, each in {**said, **around}.items() if key.startswith(HINT)
            ),
        )

    def _one_of(self, said: Mapping[str, Json], key: str, *, exactly: bool, origin: Origin, called: str) -> Shape:
        rest = {name: value for name, value in said.items() if name not in {"oneOf", "anyOf", "discriminator"}}
        around = rest if _OBJECT & rest.keys() or "type" in rest else {}
        shapes = list(self._branches(as_list(said[key]), around, origin.at(key), called))
        if len(shapes) == 1:
            return shapes[0]
        discriminator = as_text(as_mapping(said.get("discriminator")).get("propertyName")) or None
        return OneOf(shapes=_different(shapes), exactly=exactly, discriminator=discriminator)

    def _branches(
        self, branches: tuple[Json, ...], around: Mapping[str, Json], origin: Origin, called: str
    ) -> Iterator[Shape]:
        for index, branch in enumerate(branches):
            body: Json = {"allOf": (branch, around)} if around else branch
            yield self._shape(body, origin.at(index), f"{called}{index + 1}")

    def _resolve(self, value: Json) -> Mapping[str, Json]:
        said, seen = as_mapping(value), set[str]()
        while (name := _component(said)) and name not in seen:
            seen.add(name)
            said = as_mapping(self.contract.schemas[name].body)
        return said


def distinct(values: Iterable[Json]) -> tuple[Json, ...]:
    """Return each value once, as JSON tells them apart: 1 and 1.0 are one, 1 and true are two."""
    found: list[Json] = []
    for value in values:
        if not any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in found):
            found.append(value)
    return tuple(found)


def _different(shapes: Iterable[Shape]) -> tuple[Shape, ...]:
    found: list[Shape] = []
    for shape in shapes:
        if shape not in found:
            found.append(shape)
    return tuple(found)


def _component(said: Mapping[str, Json]) -> str | None:
    target = as_text(said.get("$ref"))
    return steps(target.removeprefix("#"))[-1] if target.startswith(SCHEMAS) else None


def _kinds(said: Mapping[str, Json]) -> tuple[str, ...]:
    """The types that are said, or the one that the other keywords speak of."""
    kind = said.get("type")
    if isinstance(kind, str):
        return (kind,)
    if isinstance(kind, tuple):
        return texts(kind)
    if _OBJECT & said.keys():
        return ("object",)
    if "items" in said:
        return ("array",)
    return ("string",) if {"pattern", "minLength", "maxLength", "format"} & said.keys() else ()


def _is_record(said: Mapping[str, Json]) -> bool:
    return (
        _kinds(said) == ("object",) and bool(as_mapping(said.get("properties"))) and not {"oneOf", "anyOf"} & set(said)
    )


def _without_null(shape: Shape) -> tuple[Shape, bool]:
    """Return the shape without null, and whether null was among what it lets through."""
    if isinstance(shape, Choice) and None in shape.values and len(shape.values) > 1:
        return Choice(tuple(value for value in shape.values if value is not None)), True
    if isinstance(shape, OneOf) and NOTHING in shape.shapes:
        rest = tuple(each for each in shape.shapes if each != NOTHING)
        if len(rest) == 1:
            return rest[0], True
        return OneOf(shapes=rest, exactly=shape.exactly, discriminator=shape.discriminator), True
    return shape, isinstance(shape, Free) and not shape.objects_only
