"""Values for a JSON Schema, valid ones and ones with something wrong: candidates, whose verdict somebody else gives."""

import random
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from adapters.judging.patterns import matching

_TEXTS: Final = ("", "a", "abc", "Ünï 🎉", "a b-c_d", "2026-11-23", "x" * 300, "A1", "12345", "GBP")
_FORMATS: Final = {
    "uuid": "01936b5a-7c3e-7e4f-8a1b-2c3d4e5f6a7b", "date": "2026-11-23", "date-time": "2026-11-23T05:58:16Z",
    "email": "someone@example.org", "uri": "https://example.org/x", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
    "time": "05:58:16Z", "hostname": "example.org", "byte": "aGk=",
}  # fmt: skip
_OTHERS: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    0,
    -1,
    3,
    2.5,
    "",
    "text",
    "no-such-choice",
    [],
    ["x", "x"],
    {},
    {"other": 1},
)
_DEEPEST: Final = 6


class Sampler:
    """Makes values for the schemas of one document. The same seed gives the same values."""

    def __init__(self, document: Mapping[str, Any], seed: str) -> None:
        self._document = document
        self._random = random.Random(seed)  # noqa: S311 - nothing secret

    def candidates(self, schema: Any, count: int) -> Iterator[dict[str, Any]]:
        """Yield objects: one with everything, one with what must be, then halves of them with something changed."""
        for index in range(count):
            value = self._value(schema, 0, full=index % 3 == 0)
            if not isinstance(value, dict):
                continue
            yield value
            yield self._changed(value)

    def _value(self, schema: Any, depth: int, *, full: bool) -> Any:
        said = self._resolved(schema)
        if "const" in said:
            return said["const"]
        if said.get("enum"):
            return self._random.choice(said["enum"])
        for key in ("oneOf", "anyOf"):
            if said.get(key):
                return self._combined(said, self._random.choice(said[key]), key, depth, full=full)
        for examples in ("examples",):
            if isinstance(said.get(examples), list) and said[examples] and self._random.random() < 0.3:
                return said[examples][0]
        return self._typed(said, depth, full=full)

    def _combined(self, said: Mapping[str, Any], branch: Any, key: str, depth: int, *, full: bool) -> Any:
        rest = {name: value for name, value in said.items() if name != key}
        value = self._value(branch, depth, full=full)
        around = self._typed(rest, depth, full=full) if "properties" in rest else None
        return {**around, **value} if isinstance(around, dict) and isinstance(value, dict) else value

    def _typed(self, said: Mapping[str, Any], depth: int, *, full: bool) -> Any:
        kinds = said.get("type", "object" if "properties" in said else "array" if "items" in said else "string")
        kind = self._random.choice(kinds) if isinstance(kinds, list) else kinds
        if kind == "object":
            return self._object(said, depth, full=full)
        if kind == "array":
            least, most = said.get("minItems", 0), said.get("maxItems", 3)
            length = least if depth > _DEEPEST else self._random.randint(least, max(least, min(most, least + 2)))
            return [self._value(said.get("items", {}), depth + 1, full=full) for _ in range(length)]
        if kind == "string":
            return self._text(said)
        if kind == "integer":
            return self._whole(said)
        if kind == "number":
            return self._random.choice((self._whole(said), self._whole(said) + 0.25))
        return self._random.choice((True, False)) if kind == "boolean" else None

    def _object(self, said: Mapping[str, Any], depth: int, *, full: bool) -> dict[str, Any]:
        required = said.get("required", ())
        value = {
            name: self._value(below, depth + 1, full=full)
            for name, below in said.get("properties", {}).items()
            if name in required or (depth < _DEEPEST and (full or self._random.random() < 0.5))
        }
        more = said.get("additionalProperties")
        if isinstance(more, dict) and not value and depth < _DEEPEST:
            value["key"] = self._value(more, depth + 1, full=full)
        return value

    def _text(self, said: Mapping[str, Any]) -> str:
        if said.get("format") in _FORMATS and self._random.random() < 0.8:
            return _FORMATS[said["format"]]
        if "pattern" in said and self._random.random() < 0.9:
            return matching(said["pattern"], self._random)
        text = self._random.choice(_TEXTS)
        least, most = said.get("minLength", 0), said.get("maxLength")
        text = text.ljust(least, "z") if self._random.random() < 0.8 else text
        return text[:most] if most is not None and self._random.random() < 0.8 else text

    def _whole(self, said: Mapping[str, Any]) -> int:
        least = said.get("minimum", said.get("exclusiveMinimum", -2))
        most = said.get("maximum", said.get("exclusiveMaximum", max(least, 0) + 50))
        low, high = int(least), int(most)
        around = (low, low + 1, high, high - 1, (low + high) // 2, low - 1, high + 1)
        step = int(said.get("multipleOf", 1)) or 1
        return self._random.choice(around) // step * step

    def _changed(self, value: dict[str, Any]) -> dict[str, Any]:
        """The value with one thing in it changed: removed, added, or another kind of thing."""
        copy = dict(value)
        names = sorted(copy)
        way = self._random.randrange(5)
        if not names or way == 0:
            copy["unexpected"] = 1
            return copy
        name = self._random.choice(names)
        inner = copy[name]
        if way == 1:
            del copy[name]
        elif isinstance(inner, dict) and way < 4:
            copy[name] = self._changed(inner)
        elif isinstance(inner, list) and inner and way < 4:
            same = [*inner, inner[0]] if way == 2 else [self._other(inner[0]), *inner[1:]]
            copy[name] = same
        elif isinstance(inner, str) and way == 2:
            copy[name] = inner + inner[:1] + "!"
        else:
            copy[name] = self._random.choice(_OTHERS)
        return copy

    def _other(self, value: Any) -> Any:
        return self._changed(value) if isinstance(value, dict) else self._random.choice(_OTHERS)

    def _resolved(self, schema: Any) -> dict[str, Any]:
        said = dict(schema) if isinstance(schema, dict) else {}
        while "$ref" in said:
            target = self._at(said.pop("$ref"))
            said = {**target, **said}
        for part in said.pop("allOf", ()):
            said = _both(said, self._resolved(part))
        return said

    def _at(self, reference: str) -> dict[str, Any]:
        here: Any = self._document
        for token in unquote(reference.removeprefix("#")).split("/")[1:]:
            step = token.replace("~1", "/").replace("~0", "~")
            here = here[int(step)] if isinstance(here, list) else here[step]
        return dict(here) if isinstance(here, dict) else {}


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    properties = {**one.get("properties", {}), **other.get("properties", {})}
    required = [*one.get("required", ()), *other.get("required", ())]
    both = {**one, **other}
    if properties:
        both["properties"] = properties
    if required:
        both["required"] = required
    return both
