"""A cursor is good for what it was made for, under any key that is still believed, and for nothing else."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.order_bodies import SORTS, OrdersQuery
from adapters.http.pagination import Collection, Cursors
from adapters.http.problems import Rejected
from application.shared.pages import Direction, Position
from domain.ordering.lifecycle import State
from domain.shared.money import MAX_AMOUNT
from entrypoints.container import container_of
from entrypoints.keys import new_master_key, parsed_master_key
from entrypoints.settings import Settings

OLD, NEW, OTHER = (bytes([n]) * 32 for n in range(3))

instants = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
letters: Final = st.sampled_from("ABCXYZabcxyz0189-_=+/.,:%~ \n\0äٲ🙂")
filters: Final = st.fixed_dictionaries(
    {},
    optional={
        "status": st.lists(st.sampled_from(list(State)), min_size=1, max_size=3, unique=True),
        "customerId": st.uuids().map(str),
        "productId": st.uuids().map(str),
        "createdFrom": instants.map(msgspec.to_builtins),
        "totalTo": st.integers(0, MAX_AMOUNT),
        "externalReference": st.text("abc,=&;", min_size=1, max_size=5),
    },
)


@st.composite
def collections(draw: st.DrawFn) -> Collection:
    return orders(draw(st.uuids()), draw(st.sampled_from(list(SORTS))), draw(filters))


@st.composite
def places(draw: st.DrawFn) -> tuple[Position, Collection]:
    """A collection, and where something in it may stand."""
    collection = draw(collections())
    values: dict[type, st.SearchStrategy[object]] = {datetime: instants, int: st.integers(0, MAX_AMOUNT)}
    return (draw(values[collection.sort.kind]), draw(st.uuids())), collection


def orders(organization: UUID, sort: str, filtered: dict[str, Any]) -> Collection:
    query = msgspec.convert({**filtered, "sort": sort}, OrdersQuery)
    return Collection(organization=organization, path="/v1/orders", query=query, sort=SORTS[query.sort])


def refused(cursors: Cursors, cursor: str, collection: Collection) -> bool:
    try:
        cursors.read(cursor, collection)
    except Rejected as rejected:
        return "cursor" in str(rejected)
    return False


@given(place=places(), limit=st.integers(1, 100), direction=st.sampled_from(Direction))
def test_a_cursor_leads_back_to_its_place_with_any_limit_and_direction(
    place: tuple[Position, Collection], limit: int, direction: Direction
) -> None:
    position, collection = place
    cursors = Cursors((NEW,))
    cursor = cursors.write(position, collection)
    turned = msgspec.structs.replace(collection.query, limit=limit, direction=direction, cursor=cursor)
    asked = cursors.request(replace(collection, query=turned))
    assert (asked.position, asked.limit, asked.direction) == (position, limit, direction)


@given(place=places())
def test_every_bit_counts(place: tuple[Position, Collection]) -> None:
    position, collection = place
    cursors = Cursors((NEW, OLD))
    raw = urlsafe_b64decode(cursors.write(position, collection) + "==")
    for at in range(len(raw)):
        for bit in range(8):
            altered = bytearray(raw)
            altered[at] ^= 1 << bit
            assert refused(cursors, urlsafe_b64encode(altered).rstrip(b"=").decode(), collection), (at, bit)


@given(place=places(), data=st.data())
def test_every_character_counts_and_so_does_their_number(
    place: tuple[Position, Collection], data: st.DataObject
) -> None:
    position, collection = place
    cursors = Cursors((NEW,))
    cursor = cursors.write(position, collection)
    at = data.draw(st.integers(0, len(cursor) - 1))
    character = data.draw(letters.filter(lambda drawn: drawn != cursor[at]))
    assert refused(cursors, cursor[:at] + character + cursor[at + 1 :], collection)
    assert refused(cursors, cursor[:at], collection)
    assert refused(cursors, cursor + data.draw(st.text(letters, min_size=1, max_size=3)), collection)


@given(place=places(), other=collections())
def test_a_cursor_is_good_for_nothing_else(place: tuple[Position, Collection], other: Collection) -> None:
    position, collection = place
    cursors = Cursors((NEW,))
    cursor = cursors.write(position, collection)
    others = [
        replace(collection, organization=UUID(int=collection.organization.int ^ 1)),
        replace(collection, path="/v1/customers"),
        *(orders(collection.organization, sort, _said(collection)) for sort in SORTS if SORTS[sort] != collection.sort),
        replace(collection, query=other.query, sort=other.sort),
        replace(other, organization=collection.organization),
    ]
    for different in others:
        assert refused(cursors, cursor, different) is (different.binding != collection.binding)
    assert all(different.binding != collection.binding for different in others[:5])


@given(place=places())
def test_one_filter_more_or_less_or_other_is_another_list(place: tuple[Position, Collection]) -> None:
    position, collection = place
    cursors = Cursors((NEW,))
    cursor, said, sort = cursors.write(position, collection), _said(collection), collection.query.sort  # type: ignore[attr-defined]
    without = [{name: value for name, value in said.items() if name != left} for left in said]
    more = [said | {"totalFrom": 7}, said | {"number": "7KQ2-9XMB-9"}, said | {"createdTo": "2026-01-01T00:00:00Z"}]
    for changed in (*without, *more):
        assert refused(cursors, cursor, orders(collection.organization, sort, changed)), changed


def _said(collection: Collection) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(collection.query)
    return {
        name: value for name, value in built.items() if name not in {"sort", "limit", "direction", "cursor"} and value
    }


@given(place=places())
def test_cursors_outlive_the_rotation_of_keys(place: tuple[Position, Collection]) -> None:
    """Before, while both are believed (the new one signs), and after: an old cursor is good until its key is gone."""
    position, collection = place
    before, rotating, after = Cursors((OLD,)), Cursors((NEW, OLD)), Cursors((NEW,))
    old, new = before.write(position, collection), rotating.write(position, collection)
    assert rotating.read(old, collection) == rotating.read(new, collection) == position
    assert after.read(new, collection) == position
    assert refused(after, old, collection)
    assert refused(before, new, collection)
    assert refused(Cursors((OTHER,)), new, collection)


async def test_the_service_believes_both_master_keys_while_they_rotate(settings: Settings) -> None:
    """As it is wired: a service that has got a new key reads the cursors of the old one."""
    old, new = (parsed_master_key(new_master_key()) for _ in range(2))
    collection, position = orders(UUID(int=1), "-createdAt", {}), (datetime(2026, 1, 1, tzinfo=UTC), UUID(int=2))

    async def served(*keys: bytes) -> Cursors:
        container = container_of(replace(settings, master_keys=keys), store="memory")
        try:
            return await container.get(Cursors)
        finally:
            await container.close()

    before, rotating, after = await served(old), await served(new, old), await served(new)
    cursor = before.write(position, collection)
    assert rotating.read(cursor, collection) == position
    assert after.read(rotating.write(position, collection), collection) == position
    assert refused(after, cursor, collection)
