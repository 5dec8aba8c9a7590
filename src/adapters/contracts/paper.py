"""YAML 1.2 (and so JSON) with the line of everything: no `on` that turns into true, no day that turns into a date.

The core schema of YAML 1.2.2 (10.3.2) decides what a plain scalar is; keys are texts as they were written. Refused:
duplicate keys (3.2.1.1), tags beyond the core schema, several documents, what JSON cannot say (`.inf`, `.nan`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from domain.generation.contract import Json

LARGEST: Final = 1_000_000
"""Values in one paper. Aliases can say much with little; a contract of this size says nothing to anybody."""

DEEPEST: Final = 200

_NULL: Final = {"", "~", "null", "Null", "NULL"}
_FLAGS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE: Final = re.compile(r"[-+]?[0-9]+")
_OCTAL: Final = re.compile(r"0o[0-7]+")
_HEX: Final = re.compile(r"0x[0-9a-fA-F]+")
_NUMBER: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BEYOND: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_TAGS: Final = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")}


class NotReadable(Exception):
    """The paper is no YAML 1.2 that JSON could say, too. `line` counts from 1."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line
        self.why = why


@dataclass(frozen=True, slots=True)
class Paper:
    """What it says, and on which line each JSON pointer begins."""

    value: Json
    lines: Mapping[str, int]

    def line(self, pointer: str) -> int:
        """Return the line of a pointer, or of the nearest thing around it that is in the paper."""
        while pointer not in self.lines and pointer:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)


def read(text: str) -> Paper:
    """Read one document.

    Raises: NotReadable.
    """
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotReadable(mark.line + 1 if mark else 1, error.problem or str(error)) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise NotReadable(1, str(error)) from None
    builder = _Builder()
    return Paper(builder.built(node, ""), builder.lines) if node is not None else Paper(None, {"": 1})


class _Builder:
    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self._count = 0

    def built(self, node: yaml.Node, pointer: str, depth: int = 0) -> Json:
        line = node.start_mark.line + 1
        self.lines[pointer] = line
        self._count += 1
        if self._count > LARGEST:
            raise NotReadable(line, f"more than {LARGEST} values, aliases counted as often as they are used")
        if depth > DEEPEST:
            raise NotReadable(line, f"nested more than {DEEPEST} deep")
        if node.tag not in _TAGS:
            raise NotReadable(line, f"the tag {node.tag} is beyond JSON")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node, line)
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.built(each, f"{pointer}/{index}", depth + 1) for index, each in enumerate(node.value))
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - there is no fourth kind of node
        return self._mapping(node, pointer, depth)

    def _mapping(self, node: yaml.MappingNode, pointer: str, depth: int) -> dict[str, Json]:
        built: dict[str, Json] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise NotReadable(line, "a key must be a text")
            name = str(key.value)
            if name in built:
                raise NotReadable(line, f"the key {name!r} stands here twice")
            below = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            built[name] = self.built(value, below, depth + 1)
            self.lines[below] = line
        return built


def _scalar(node: yaml.ScalarNode, line: int) -> Json:
    text = str(node.value)
    if node.style is not None:  # quoted, or a block
        return text
    if text in _NULL:
        return None
    if text in _FLAGS:
        return _FLAGS[text]
    return _figure(text, line)


def _figure(text: str, line: int) -> Json:
    if _WHOLE.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text, 0)
    if _HEX.fullmatch(text):
        return int(text, 0)
    if _NUMBER.fullmatch(text):
        return float(text)
    if _BEYOND.fullmatch(text):
        raise NotReadable(line, f"{text} is a number that JSON cannot say")
    return text
