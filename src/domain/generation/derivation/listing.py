"""Lists: what their query parameters sort out, sort by, and page by (D4, D15, D16)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from domain.generation.behaviours import Filter, PageOf, Paging, Sort
from domain.generation.contract import Parameter, Place
from domain.generation.derivation.filtering import filter_of
from domain.generation.derivation.naming import words
from domain.generation.derivation.said import Said, Sayings
from domain.generation.entities import Entity, FieldSource
from domain.generation.intake.documents import as_mapping
from domain.generation.origin import Because, Confidence
from domain.generation.shapes import Choice, ListOf, Record, Shape, Text

_SIZE: Final = (
    "limit", "pagesize", "perpage", "size", "maxresults", "itemsperpage", "pagelimit", "top", "take", "count",
)  # fmt: skip
_CURSOR: Final = (
    "cursor", "pagetoken", "paginationtoken", "nextcursor", "nexttoken", "continuationtoken", "continuation", "after",
    "startingafter",
)  # fmt: skip
_PAGE: Final = ("page", "pagenumber", "pageindex")
_OFFSET: Final = ("offset", "skip", "start")
_SORT: Final = ("sort", "sortby", "orderby", "order", "sorting")
_DIRECTION: Final = ("direction", "sortdirection", "sortorder", "orderdirection", "sortdir", "order", "dir")
_ABOUT: Final = (
    ("next-cursor", frozenset({"next", "nextcursor", "nexttoken", "nextpagetoken", "endcursor", "cursor", "xnext"})),
    ("previous-cursor", frozenset({"previous", "prev", "startcursor", "previouscursor"})),
    ("has-next", frozenset({"hasmore", "hasnext", "hasnextpage"})),
    ("has-previous", frozenset({"hasprevious", "hasprev", "haspreviouspage"})),
    ("total", frozenset({"total", "totalcount", "itemcount", "totalitems", "totalelements", "xtotalcount", "xtotal"})),
    ("pages", frozenset({"totalpages", "pagecount", "pages", "lastpage", "xtotalpages"})),
    ("page", frozenset({"page", "currentpage", "pagenumber", "xpage"})),
    ("size", frozenset({"pagesize", "perpage", "limit", "size", "xperpage"})),
    ("offset", frozenset({"offset", "skip"})),
    ("count", frozenset({"count"})),
    ("link", frozenset({"link"})),
)
_UP: Final = frozenset({"asc", "ascending"})
_DOWN: Final = frozenset({"desc", "descending"})


@dataclass(frozen=True, slots=True)
class Listing:
    """How a list is asked for; `unknown` are the parameters that match nothing: each is reported."""

    page: PageOf
    filters: tuple[Filter, ...]
    sort: Sort | None
    unknown: tuple[Parameter, ...]


def listing(said: Said, entity: Entity, sayings: Sayings) -> Listing:
    """Return what the query of a list means."""
    query = [parameter for parameter in said.operation.parameters if parameter.place is Place.QUERY]
    size = _first(query, _SIZE)
    position, paging = _position(query, size)
    also = tuple(_also(query, size, position, paging))
    sort, sorting = _sort(query, entity, said, sayings)
    known = [each for each in (size, position, *also, *sorting) if each is not None]
    filters: list[Filter] = []
    unknown: list[Parameter] = []
    for parameter in query:
        if parameter in known:
            continue
        found = filter_of(parameter, entity, said, sayings)
        if found is None:
            unknown.append(parameter)
        else:
            filters.append(found)
    page = _page(said, entity, position, size, paging, sayings)
    return Listing(replace(page, also=tuple(each.name for each in also)), tuple(filters), sort, tuple(unknown))


def _position(query: Iterable[Parameter], size: Parameter | None) -> tuple[Parameter | None, Paging]:
    for names, paging in ((_CURSOR, Paging.CURSOR), (_PAGE, Paging.PAGE), (_OFFSET, Paging.OFFSET)):
        found = _first(query, names)
        if found is not None and found is not size:
            return found, paging
    return None, Paging.NONE


def _also(
    query: Iterable[Parameter], size: Parameter | None, position: Parameter | None, paging: Paging
) -> Iterator[Parameter]:
    """Other spellings of the same: `page_size` beside `pageSize`; of a cursor also its other names."""
    cursors = _CURSOR[:-2] if paging is Paging.CURSOR else ()
    for parameter in query:
        plain = _plain(parameter.name)
        for chosen, names in ((size, ()), (position, cursors)):
            if chosen is not None and parameter is not chosen and plain in (_plain(chosen.name), *names):
                yield parameter
                break


def _page(
    said: Said, entity: Entity, position: Parameter | None, size: Parameter | None, paging: Paging, sayings: Sayings
) -> PageOf:
    schema = as_mapping(size.schema.body if size is not None and size.schema is not None else None)
    default, most = schema.get("default"), schema.get("maximum")
    path = said.answer.path if said.answer is not None else ()
    beside = tuple(_beside(said, path, sayings, entity))
    success = said.operation.success
    headers = ((_what(name, entity), name) for name in (success.headers if success is not None else ()))
    return PageOf(
        because=Because("D16", f"pages by {paging}" if paging is not Paging.NONE else "all of them in one answer"),
        paging=paging,
        position=position.name if position is not None else None,
        size=size.name if size is not None else None,
        default_size=default if isinstance(default, int) else 20,
        largest_size=most if isinstance(most, int) else 100,
        data=path,
        about=tuple((what, wire) for what, wire in beside if what is not None),
        headers=tuple((what, name) for what, name in headers if what is not None),
        unknown=tuple(wire for what, wire in beside if what is None),
    )


def _beside(said: Said, path: tuple[str, ...], sayings: Sayings, entity: Entity) -> Iterator[tuple[str | None, str]]:
    """What an answer says of its page beside the data, at its root and two below; None: nothing known."""
    root = sayings.bodies.get(said.operation.id)
    if root is not None and path:
        yield from _within(root, (), path, sayings, entity)


def _within(
    record: Record, prefix: tuple[str, ...], path: tuple[str, ...], sayings: Sayings, entity: Entity
) -> Iterator[tuple[str | None, str]]:
    for member in record.members:
        here = (*prefix, member.wire)
        if here == path:
            continue
        inner = sayings.record_of(member.shape)
        if inner is not None and len(here) < 3:
            yield from _within(inner, here, path, sayings, entity)
        else:
            yield _what(member.wire, entity), ".".join(here)


def _what(name: str, entity: Entity) -> str | None:
    plain = _plain(name)
    for what, names in _ABOUT:
        if plain in names:
            return what
    own = _plain(entity.plural)
    return "total" if plain in {f"{own}count", f"total{own}", f"count{own}", f"numberof{own}"} else None


def _sort(
    query: Iterable[Parameter], entity: Entity, said: Said, sayings: Sayings
) -> tuple[Sort | None, tuple[Parameter, ...]]:
    """The order that a parameter chooses, and the parameters that are part of it."""
    known = list(query)
    shapes = {parameter.name: sayings.parameters.get((said.operation.id, parameter.name)) for parameter in known}
    way = next((each for each in known if _plain(each.name) in _DIRECTION and _ways(shapes[each.name])), None)
    for parameter in known:
        if _plain(parameter.name) in _SORT and parameter is not way:
            choices = tuple(_choices(shapes[parameter.name], entity))
            if choices:
                because = Because("D15", f"{parameter.name} chooses the order", Confidence.SAID)
                sort = Sort(
                    origin=parameter.origin, because=because, parameter=parameter.name, choices=choices,
                    direction=way.name if way is not None else None,
                )  # fmt: skip
                return sort, (parameter, way) if way is not None else (parameter,)
    made = next((field.name for field in entity.fields if field.source is FieldSource.CREATED_AT), None)
    if way is None or made is None:
        return None, ()
    choices = tuple((value, made, value.lower() in _DOWN) for value in _ways(shapes[way.name]))
    because = Because("D15", f"{way.name} turns the order around, which is that of their making", Confidence.NAMED)
    return Sort(origin=way.origin, because=because, parameter=way.name, choices=choices), (way,)


def _ways(shape: Shape | None) -> tuple[str, ...]:
    values = _texts(shape)
    return values if values and all(value.lower() in _UP | _DOWN for value in values) else ()


def _choices(shape: Shape | None, entity: Entity) -> Iterator[tuple[str, str, bool]]:
    fields = {"_".join(words(field.wire)): field for field in entity.fields}
    for text in _texts(shape):
        named = [word for word in words(text) if word not in _UP | _DOWN]
        field = fields.get("_".join(named))
        if field is not None:
            yield text, field.name, text.startswith("-") or bool(_DOWN & set(words(text)))


def _texts(shape: Shape | None) -> tuple[str, ...]:
    """The words that a parameter may say: of an enum, or of a pattern that is nothing but alternatives."""
    inner = shape.element if isinstance(shape, ListOf) else shape
    if isinstance(inner, Choice):
        return tuple(str(value) for value in inner.values)
    if isinstance(inner, Text) and inner.pattern is not None:
        plain = (
            inner.pattern.removeprefix("^").removesuffix("$").removeprefix("(?:").removeprefix("(").removesuffix(")")
        )
        parts = plain.split("|")
        return tuple(parts) if len(parts) > 1 and all(part.replace("-", "").isalnum() for part in parts) else ()
    return ()


def _first(query: Iterable[Parameter], names: tuple[str, ...]) -> Parameter | None:
    """The parameter with the likeliest name."""
    known = {_plain(parameter.name): parameter for parameter in reversed(list(query))}
    return next((known[name] for name in names if name in known), None)


def _plain(name: str) -> str:
    return "".join(words(name))
