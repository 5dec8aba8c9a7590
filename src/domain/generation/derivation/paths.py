"""Paths, read: which are collections, which are items, what is a verb behind one of them (D1, D2)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from domain.generation.contract import Method, Operation
from domain.generation.derivation.naming import is_plural, words

_SEGMENT: Final = re.compile(r"^(?P<static>[^{}:]*)(?:\{(?P<name>[^}]+)\})?(?::(?P<verb>[A-Za-z]\w*))?$")
_WRITES: Final = frozenset({Method.POST, Method.PUT, Method.PATCH, Method.DELETE})


@dataclass(frozen=True, slots=True)
class Word:
    """A segment that says what it is about."""

    text: str


@dataclass(frozen=True, slots=True)
class Hole:
    """A segment that is filled in: the name of its parameter."""

    name: str


Segment = Word | Hole
Segments = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """What an operation is about.

    `collection`: the words and holes of the collection. `keys`: the parameters that name one of it, none if it is about
    the collection. `tail`: the word behind, a verb or a part.
    """

    operation: Operation
    collection: Segments
    keys: tuple[str, ...]
    tail: str | None = None

    @property
    def parents(self) -> tuple[tuple[Segments, str], ...]:
        """The collections around it, outermost first, and the parameter that names one of each."""
        return tuple(
            (self.collection[:index], segment.name)
            for index, segment in enumerate(self.collection)
            if isinstance(segment, Hole)
        )


@dataclass(frozen=True)
class Paths:
    """All paths of a contract. `lists`: the ids of operations whose answer is a list of things."""

    operations: tuple[Operation, ...]
    lists: frozenset[str]

    def address(self, operation: Operation) -> Address:
        """Return what an operation is about."""
        segments, verb = parsed(operation.path)
        keys = _keys(segments)
        if keys:
            return Address(operation, segments[: -len(keys)], keys, verb)
        if verb is not None:
            return Address(operation, segments, (), verb)
        if segments in self._collections or not segments:
            return Address(operation, segments, ())
        before = segments[:-1]
        last = segments[-1]
        if isinstance(last, Word) and (owners := _keys(before)):
            return Address(operation, before[: -len(owners)], owners, last.text)
        if isinstance(last, Word) and before in self._collections:
            return Address(operation, before, (), last.text)
        return Address(operation, segments, ())

    @cached_property
    def _collections(self) -> frozenset[Segments]:
        """Collections: what stands before a hole; then what is listed, made or kept under a word of its own."""
        known = {parsed(operation.path)[0] for operation in self.operations}
        before_holes = {
            segments[: -len(keys)]
            for segments in known
            if (keys := _keys(segments)) and isinstance(segments[-len(keys) - 1], Word)
        }
        return frozenset(before_holes | {segments for segments in known if self._stands_alone(segments, before_holes)})

    def _stands_alone(self, segments: Segments, before_holes: Iterable[Segments]) -> bool:
        """Whether a path that ends with a word is a collection: not a verb, nor a part of what is before it."""
        if not segments or not isinstance(segments[-1], Word):
            return False
        here = [operation for operation in self.operations if parsed(operation.path)[0] == segments]
        noun = is_plural(words(segments[-1].text)[-1]) if words(segments[-1].text) else False
        listed = any(operation.id in self.lists for operation in here)
        made = any(operation.method is Method.POST and operation.response("201") for operation in here)
        before = segments[:-1]
        if _keys(before):
            return (listed and noun) or (noun and made)
        if before in before_holes:
            return noun and listed and made
        return True


def parsed(path: str) -> tuple[Segments, str | None]:
    """Return the segments of a path, and the verb after a colon (`/tasks/{id}:cancel`) if there is one."""
    segments: list[Segment] = []
    verb = None
    for text in path.strip("/").split("/"):
        found = _SEGMENT.match(text)
        if found is None or not text:
            segments.extend([Word(text)] if text else [])
            continue
        verb = found["verb"]
        if found["static"]:
            segments.append(Word(found["static"]))
        if found["name"]:
            segments.append(Hole(found["name"]))
    return tuple(segments), verb


def _keys(segments: Segments) -> tuple[str, ...]:
    """The holes at the end of a path, if a word stands before them."""
    names: list[str] = []
    for segment in reversed(segments):
        if isinstance(segment, Word):
            return tuple(reversed(names))
        names.append(segment.name)
    return ()
