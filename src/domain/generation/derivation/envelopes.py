"""Envelopes: what stands around an entity in an answer or a request, and around the elements of a list (D3, D4)."""

from dataclasses import dataclass
from typing import Final

from domain.generation.derivation.naming import words
from domain.generation.shapes import Free, ListOf, Named, OneOf, Record, Shape, Shapes

_ABOUT: Final = frozenset(
    {"meta", "pagination", "links", "link", "page", "paging", "info", "errors", "status", "message"}
)
_DATA: Final = ("data", "items", "results", "content", "records", "elements", "list", "values")


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """A shape, and the names on the wire that lead to it from the root of the body."""

    shape: Shape
    path: tuple[str, ...] = ()


def element(shape: Shape, shapes: Shapes) -> Unwrapped | None:
    """Return the elements of a list, and where the list stands; None if the body is no list of things."""
    if isinstance(shape, ListOf):
        return Unwrapped(shape.element)
    record = record_of(shape, shapes)
    if record is None:
        return None
    lists = [member for member in record.members if isinstance(member.shape, ListOf)]
    if len(lists) != 1:
        lists = [member for member in lists if member.wire in _DATA]
    if len(lists) == 1 and _is_around(record, lists[0].wire, shapes):
        member = lists[0]
        assert isinstance(member.shape, ListOf)  # noqa: S101 - that is how they were chosen
        return Unwrapped(member.shape.element, (member.wire,))
    for member in record.members:  # one deeper: {cursor: {data: [...]}}
        inner = record_of(member.shape, shapes)
        if inner is not None and len(record.members) == 1 and (found := element(member.shape, shapes)):
            return Unwrapped(found.shape, (member.wire, *found.path))
    return None


def _is_around(record: Record, wire: str, shapes: Shapes) -> bool:
    """Whether a record is nothing but an envelope of that list: the rest says something about the page."""
    rest = [member for member in record.members if member.wire != wire]
    named_so = wire in _DATA or not rest
    return named_so or all(_says_of_page(member.wire, member.shape, shapes) for member in rest)


def _says_of_page(wire: str, shape: Shape, shapes: Shapes) -> bool:
    said = set(words(wire))
    if said & _ABOUT or said & {
        "next",
        "prev",
        "previous",
        "cursor",
        "token",
        "total",
        "count",
        "size",
        "limit",
        "offset",
    }:
        return True
    record = record_of(shape, shapes)
    return record is not None and all(_says_of_page(each.wire, each.shape, shapes) for each in record.members)


def entity(shape: Shape, shapes: Shapes) -> Unwrapped:
    """Return the thing that a body is about: `{data: X, meta}` and `{article: X}` are envelopes of X."""
    record = record_of(shape, shapes)
    if record is None:
        return Unwrapped(shape)
    inside = [member for member in record.members if record_of(member.shape, shapes) is not None]
    rest = [member for member in record.members if member not in inside]
    if len(record.members) == 1 and len(inside) == 1:
        return Unwrapped(inside[0].shape, (inside[0].wire,))
    data = [member for member in inside if member.wire == "data"]
    if data and all(set(words(member.wire)) & _ABOUT for member in (*rest, *inside) if member is not data[0]):
        return Unwrapped(data[0].shape, ("data",))
    return Unwrapped(shape)


def record_of(shape: Shape, shapes: Shapes) -> Record | None:
    """Return the record that a shape is, or that the only record among its choices is."""
    if isinstance(shape, Named):
        return shapes.record(shape.record)
    if isinstance(shape, OneOf):
        records = [each for each in shape.shapes if isinstance(each, Named)]
        return shapes.record(records[0].record) if len(records) == 1 else None
    return None


def is_anything(shape: Shape) -> bool:
    return isinstance(shape, Free)
