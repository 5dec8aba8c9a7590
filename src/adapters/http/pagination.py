"""Pages on the wire, and the cursors that lead through them.

A cursor carries the position where a page begins or ends, and a MAC over it and over all that it is good for:
organization, collection and filters. Nobody can make one, and none works elsewhere.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, Protocol, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response
from msgspec import UNSET, Meta, UnsetType

from adapters.http.answers import plain
from adapters.http.fields import Answer, Request
from adapters.http.problems import Rejected
from application.shared.pages import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    NEWEST,
    Direction,
    NumberedPage,
    Page,
    PageRequest,
    Position,
    Sort,
)


class Paged(Protocol):
    """The body of a page: `data` beside this."""

    pagination: "Pagination"


B = TypeVar("B", bound=Paged)

_MAC_BYTES: Final = 16
_PAGING: Final = frozenset({"cursor", "limit", "direction"})


Cursor = Annotated[str, Meta(description="Where the last page ended, as it said.")]
Limit = Annotated[int, Meta(ge=1, le=MAX_LIMIT)]


class Asked(Protocol):
    """A query that asks for a page by its cursor, among other things that it may ask for."""

    cursor: Cursor | UnsetType
    limit: Limit
    direction: Direction


class PageQuery(Request):
    """Which page of a collection."""

    cursor: Cursor | UnsetType = UNSET
    limit: Limit = DEFAULT_LIMIT
    direction: Direction = Direction.FORWARD


class Pagination(Answer):
    """Whether there is more on either side, and the cursors of the first and the last element shown."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class NumberedPagination(Answer):
    """Which page this is, and how many there are."""

    page: int
    page_size: int
    total_count: int
    total_pages: int
    has_next_page: bool
    has_previous_page: bool


def numbered(page: NumberedPage[Any]) -> NumberedPagination:
    return NumberedPagination(
        page=page.request.number,
        page_size=page.request.size,
        total_count=page.total_count,
        total_pages=page.total_pages,
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What a cursor is bound to."""

    organization: UUID
    path: str
    query: Asked
    sort: Sort = NEWEST

    @property
    def filters(self) -> list[tuple[str, str]]:
        """The query without what may change between pages, in one order."""
        built: dict[str, Any] = msgspec.to_builtins(self.query)
        listed = {name: value if isinstance(value, list) else [value] for name, value in built.items()}
        return sorted({(n, str(v)) for n, values in listed.items() if n not in _PAGING for v in values})

    @property
    def binding(self) -> bytes:
        return msgspec.json.encode([self.organization, self.path, self.sort.by, self.sort.descending, self.filters])


@dataclass(frozen=True, slots=True)
class Cursors:
    """Makes and reads cursors. The first key signs; the others are still believed, while keys rotate."""

    keys: tuple[bytes, ...]

    def write(self, position: Position, collection: Collection) -> str:
        said = msgspec.json.encode(position)
        return _encoded(_mac(self.keys[0], said, collection) + said)

    def read(self, cursor: str, collection: Collection) -> Position:
        """Return the position. Raises: Rejected (invalid-cursor)."""
        try:
            raw = urlsafe_b64decode(f"{cursor}{'=' * (-len(cursor) % 4)}".encode("ascii"))
            mac, said = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
            if _encoded(raw) == cursor and any(
                hmac.compare_digest(mac, _mac(key, said, collection)) for key in self.keys
            ):
                return _position_by(collection.sort).decode(said)
        except ValueError:
            pass
        raise Rejected("invalid-cursor", "The cursor was not made for this collection with these filters.")

    def request(self, collection: Collection) -> PageRequest:
        """Return the page that is asked for. Raises: Rejected (invalid-cursor)."""
        query = collection.query
        position = None if query.cursor is UNSET else self.read(query.cursor, collection)
        return PageRequest(sort=collection.sort, limit=query.limit, direction=query.direction, position=position)

    def pagination(self, page: Page[Any], collection: Collection) -> Pagination:
        return Pagination(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=self.write(page.start, collection) if page.start else None,
            end_cursor=self.write(page.end, collection) if page.end else None,
        )

    def answer(self, body: B, collection: Collection, public_url: str) -> Response[B]:
        """Answer with a page, and with links to those beside it."""
        return plain(body, headers=_link_header(body.pagination, collection, public_url))


def _link_header(pagination: Pagination, collection: Collection, public_url: str) -> dict[str, str]:
    """Return the `Link` header (RFC 8288) to the pages beside this one, nothing where there are none."""
    sides = (
        ("next", Direction.FORWARD, pagination.end_cursor if pagination.has_next_page else None),
        ("prev", Direction.BACKWARD, pagination.start_cursor if pagination.has_previous_page else None),
    )
    links = [_link(rel, direction, cursor, collection, public_url) for rel, direction, cursor in sides if cursor]
    return {"Link": ", ".join(links)} if links else {}


def _link(rel: str, direction: Direction, cursor: str, collection: Collection, public_url: str) -> str:
    paging = [("limit", str(collection.query.limit)), ("direction", direction.value), ("cursor", cursor)]
    return f'<{public_url}{collection.path}?{urlencode([*collection.filters, *paging])}>; rel="{rel}"'


@cache
def _position_by(sort: Sort) -> "msgspec.json.Decoder[Position]":
    """How a position is read: what the collection is sorted by, and an id."""
    shape: Any = tuple[sort.kind, UUID]  # type: ignore[name-defined]
    return msgspec.json.Decoder(shape)


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _mac(key: bytes, said: bytes, collection: Collection) -> bytes:
    return hmac.digest(key, said + b"\0" + collection.binding, hashlib.sha256)[:_MAC_BYTES]
