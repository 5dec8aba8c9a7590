"""Stage 1 as text: shapes written as msgspec Structs, with small checks for what a Struct cannot say.

Names on the wire are kept by `name=`; a closed record forbids unknown fields; what may be left out is `UNSET`, what may
be null is `None`. Formats are checked on texts: what crosses the wire stays a text here, and mappers give it its type.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from adapters.rendering.checks import FORMATS, TEXTS, imports, needed
from adapters.rendering.layout import WIDTH, Call, Code, flat, laid, quoted
from domain.generation.contract import Json
from domain.generation.derivation.naming import pascal, unlike
from domain.generation.origin import Origin
from domain.generation.shapes import (
    Choice,
    Flag,
    Free,
    ListOf,
    Member,
    Named,
    Number,
    OneOf,
    Record,
    Shape,
    Shapes,
    Text,
    Whole,
)

_LARGEST: Final = 2**63 - 1
_ANY: Final = "typing.Any"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The module's text, and what it does not check: the place, and in words what."""

    text: str
    unchecked: tuple[tuple[Origin, str], ...]


def types_module(shapes: Shapes, title: str) -> Rendered:
    """Return a module with one Struct for each record, in the order of the contract."""
    return _Rendering(shapes, title).rendered()


@dataclass(slots=True)
class _Rendering:
    shapes: Shapes
    title: str
    used: set[str] = field(default_factory=set)
    aliases: dict[str, Code] = field(default_factory=dict)
    unchecked: list[tuple[Origin, str]] = field(default_factory=list)

    def rendered(self) -> Rendered:
        structs = ["\n".join(self._struct(record)) for record in self.shapes.records]
        names = needed(self.used)
        head = [
            quoted_doc(f"Records of {self.title}, as they cross the wire."),
            "",
            "from __future__ import annotations",
        ]
        standard = ["collections.abc"] if names else []
        head += ["", *(f"import {module}" for module in sorted({*standard, *imports(names), "typing"}))]
        head += ["", "import msgspec"]
        if names:
            head += ["", "_Check: typing.TypeAlias = collections.abc.Callable[[typing.Any], bool]"]
        aliases = ["\n".join(laid(code, before=f"{name} = ")) for name, code in self.aliases.items()]
        blocks = ["\n".join(head), *(TEXTS[name].rstrip() for name in names), *structs]
        text = "\n\n\n".join(blocks)
        if aliases:
            text += "\n\n\n" + "\n".join(aliases)
        return Rendered(text + "\n", tuple(dict.fromkeys(self.unchecked)))

    def _struct(self, record: Record) -> Iterator[str]:
        closed = ["forbid_unknown_fields=True"] if record.closed else []
        base = Call(f"class {record.name}", ("msgspec.Struct", "kw_only=True", "frozen=True", *closed))
        yield from laid(base, behind=":")
        checks = list(self._checks(record))
        if not record.members and not checks:
            yield "    pass"
        for member in record.members:
            yield from self._member(record, member)
        if checks:
            yield from (
                ["", "    def __post_init__(self) -> None:"]
                if record.members
                else ["    def __post_init__(self) -> None:"]
            )
            yield from checks

    def _member(self, record: Record, member: Member) -> Iterator[str]:
        kinds = [self._type(member.shape, member.origin)]
        if member.nullable and kinds != [_ANY]:
            kinds.append("None")
        optional = not member.required
        if optional and kinds[0] != _ANY:
            kinds.append("msgspec.UnsetType")
        options = ["default=msgspec.UNSET"] if optional else []
        if member.wire != member.name:
            options.append(f"name={quoted(member.wire)}")
        value: Code | None = Call("msgspec.field", tuple(options)) if options else None
        if options == ["default=msgspec.UNSET"]:
            value = "msgspec.UNSET"
        annotation = " | ".join(map(flat, kinds))
        begins = f"    {member.name}: "
        room = len(begins) + len(annotation) + (len(" = msgspec.field(") if value is not None else 0)
        if room > WIDTH:
            alias = unlike(f"{record.name}{pascal(member.name)}", self._taken())
            self.aliases[alias] = kinds[0]
            annotation = " | ".join((alias, *map(flat, kinds[1:])))
        if value is None:
            yield f"{begins}{annotation}"
        else:
            yield from laid(value, indent=4, before=f"{member.name}: {annotation} = ")

    def _taken(self) -> tuple[str, ...]:
        return (*(record.name for record in self.shapes.records), *self.aliases)

    def _checks(self, record: Record) -> Iterator[str]:
        for member in record.members:
            found = self._check(member.shape, member.origin)
            if member.nullable:
                found = tuple(self._or_null(each) for each in found)
            if found:
                self.used.add("_check")
                call = Call("_check", (f"self.{member.name}", quoted(member.wire), *found))
                yield from laid(call, indent=8)
        bounds = [(">=", record.fewest), ("<=", record.most)]
        required = sum(member.required for member in record.members)
        for sign, bound in bounds:
            if bound is None or (sign == ">=" and bound <= required):
                continue
            if not record.closed:
                self.unchecked.append((record.origin, f"a number of properties {sign} {bound} of an open record"))
                continue
            yield "        there = sum(getattr(self, name) is not msgspec.UNSET for name in self.__struct_fields__)"
            yield f"        if not there {sign} {bound}:"
            yield f'            raise ValueError(f"it has {{there}} members, not {sign} {bound}")'

    def _type(self, shape: Shape, origin: Origin) -> Code:
        if isinstance(shape, Named):
            return shape.record
        if isinstance(shape, Flag):
            return "bool"
        if isinstance(shape, Text):
            return self._text(shape, origin)
        if isinstance(shape, Whole | Number):
            return self._figure(shape)
        if isinstance(shape, Choice):
            return self._choice(shape)
        if isinstance(shape, ListOf):
            inner = Call("list", (self._type(shape.element, origin),), "[]")
            return _meta(inner, {"min_length": shape.fewest or None, "max_length": shape.most})
        if isinstance(shape, OneOf):
            return self._union(shape, origin)
        if shape.objects_only:
            values = self._type(shape.values, origin) if shape.values is not None else _ANY
            return Call("dict", ("str", values), "[]")
        return _ANY

    def _text(self, shape: Text, origin: Origin) -> Code:
        pattern = shape.pattern
        if pattern is not None and not _compiles(pattern):
            self.unchecked.append((origin, f"the pattern {pattern}, which Python cannot read"))
            pattern = None
        said = {"min_length": shape.shortest or None, "max_length": shape.longest}
        return _meta("str", {**said, "pattern": quoted(pattern) if pattern is not None else None})

    def _figure(self, shape: Whole | Number) -> Code:
        if isinstance(shape, Whole):
            said = {"ge": shape.least, "le": shape.most, "multiple_of": shape.multiple_of}
            kept = {key: value for key, value in said.items() if value is None or abs(value) <= _LARGEST}
            return _meta("int", kept)
        least, above = _stronger(shape.least, shape.above, lower=True)
        most, below = _stronger(shape.most, shape.below, lower=False)
        return _meta("float", {"ge": least, "gt": above, "le": most, "lt": below})

    def _choice(self, shape: Choice) -> Code:
        if shape.values == (None,):
            return "None"
        if shape.values and all(isinstance(value, str) or value is None for value in shape.values):
            known = [quoted(value) if isinstance(value, str) else "None" for value in shape.values]
            return Call("typing.Literal", tuple(known), "[]")
        return _ANY

    def _union(self, shape: OneOf, origin: Origin) -> Code:
        if not self._is_said(shape):
            return _ANY
        return " | ".join(flat(self._type(each, origin)) for each in shape.shapes)

    def _is_said(self, shape: OneOf) -> bool:
        """Whether msgspec can tell the shapes apart: each is another kind of JSON."""
        kinds = [_kind(each) for each in shape.shapes]
        return None not in kinds and len(set(kinds)) == len(kinds) and not {"integer", "number"} <= set(kinds)

    def _check(self, shape: Shape, origin: Origin) -> tuple[Code, ...]:
        """The functions that a value of a shape is given to, beyond its type."""
        found: list[Code] = []
        if isinstance(shape, Text) and shape.format.value in FORMATS:
            found.append(self._uses(FORMATS[shape.format.value]))
        elif isinstance(shape, Number) and shape.multiple_of is not None:
            found.append(Call(self._uses("_multiple"), (repr(shape.multiple_of),)))
        elif isinstance(shape, Choice) and self._choice(shape) == _ANY:
            found.append(Call(self._uses("_among"), tuple(_value(value) for value in shape.values)))
        elif isinstance(shape, ListOf):
            if shape.unique:
                found.append(self._uses("_unique"))
            if inner := self._check(shape.element, origin):
                found.append(Call(self._uses("_each"), inner))
        elif isinstance(shape, Free) and shape.values is not None and (inner := self._check(shape.values, origin)):
            found.append(Call(self._uses("_values"), inner))
        elif isinstance(shape, OneOf):
            found.extend(self._of_union(shape, origin))
        return tuple(found)

    def _of_union(self, shape: OneOf, origin: Origin) -> Iterator[Code]:
        if self._is_said(shape):
            for each in shape.shapes:
                yield from self._check(each, origin)
            return
        kinds = tuple(self._type(each, origin) for each in shape.shapes)
        for each in shape.shapes:
            if self._check(each, origin):
                self.unchecked.append((origin, "formats and lists within a choice of several"))
        yield Call(self._uses("_one_of" if shape.exactly else "_any_of"), kinds)

    def _or_null(self, check: Code) -> Code:
        """What asks about any value lets null through where it may stand; the others overlook what they are not for."""
        asks = isinstance(check, Call) and check.head in {"_among", "_one_of", "_any_of"}
        return Call(self._uses("_or_null"), (check,)) if asks else check

    def _uses(self, name: str) -> str:
        self.used.add(name)
        return name


def quoted_doc(text: str) -> str:
    """Return a module's docstring on one line."""
    plain = " ".join(text.replace("\\", "/").replace('"', "'").split())
    return f'"""{plain[: WIDTH - 6]}"""'


def _meta(kind: Code, said: Mapping[str, object]) -> Code:
    options = tuple(f"{key}={_number(value)}" for key, value in said.items() if value is not None)
    return Call("typing.Annotated", (kind, Call("msgspec.Meta", options)), "[]") if options else kind


def _number(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _stronger(bound: float | None, strict: float | None, *, lower: bool) -> tuple[float | None, float | None]:
    """Of two bounds on the same side the one that lets less through: msgspec takes one."""
    if bound is None or strict is None:
        return bound, strict
    return (None, strict) if (strict >= bound if lower else strict <= bound) else (bound, None)


def _kind(shape: Shape) -> str | None:
    """The kind of JSON that a shape is; None where it may be several."""
    if isinstance(shape, Choice):
        texts = shape.values and all(isinstance(value, str) for value in shape.values)
        return "null" if shape.values == (None,) else "string" if texts else None
    if isinstance(shape, Free):
        return "object" if shape.objects_only else None
    kinds: dict[type, str] = {
        Text: "string", Whole: "integer", Number: "number", Flag: "boolean", ListOf: "array", Named: "object",
    }  # fmt: skip
    return kinds.get(type(shape))


def _value(value: Json) -> Code:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, tuple):
        return Call("", tuple(map(_value, value)), "[]")
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    return Call("", tuple(f"{quoted(key)}: {flat(_value(each))}" for key, each in value.items()), "{}")


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
