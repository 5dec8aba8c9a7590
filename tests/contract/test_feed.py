"""The feed: whoever walks it meets every committed event exactly once, those of one subject in order."""

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import pytest

from adapters.records.cloud_events import cloud_event_json
from adapters.records.personal import whole
from application.customers.erase_customer import EraseCustomer, EraseCustomerHandler
from application.feed.ports import BY_POSITION
from application.ordering.note_order import NoteOrder, NoteOrderHandler
from application.shared.pages import Direction, PageRequest
from domain.customers.customer import Customer
from domain.ids import NoteId, OrderId
from tests.adapters.records.told import endpoint_row
from tests.contract.backend import Row
from tests.contract.following import ByIds, Reader, Seen, Walker, reading, relayed
from tests.contract.house import House
from tests.trials import trials

WRITERS: Final = 8
EVENTS: Final = trials(200, 12)
"""Events that each writer commits."""

ALL: Final = PageRequest(sort=BY_POSITION, limit=100)


async def everything(house: House) -> list[Any]:
    """Relay what there is, and return the whole feed."""
    await relayed(house)
    page = await reading(house)(ALL)
    assert not page.has_next
    return list(page.items)


async def note(house: House, order: OrderId, text: str = "a note") -> None:
    command = NoteOrder(caller=house.caller, order_id=order, text=text)
    await house.answer(NoteOrderHandler(house.backend.begin, house.backend.new_id), command)


async def test_it_tells_each_event_as_a_cloud_event(house: House) -> None:
    order = await house.place(await house.customer(), (await house.product(stock=5), 2))
    await house.confirm(order.id)
    told = [event for event in await everything(house) if event.subject == f"orders/{order.id}"]
    rows = {row["id"]: row for row in await house.rows("events")}
    assert [(event.type, event.sequence) for event in told] == [("order.placed", 1), ("order.confirmed", 2)]
    for event in told:
        row = rows[event.id]
        assert event.specversion == "1.0"
        assert event.source == f"/organizations/{house.caller.organization}"
        assert (event.time, event.actor, event.requestid) == (row["at"], row["actor"], row["request_id"])
        assert event.data == whole(row["body"], row["personal"])["data"]
    assert told[1].data["status"] == "confirmed"


async def test_as_json_it_has_the_members_of_a_cloud_event_and_no_others(house: House) -> None:
    await house.customer()
    event = (await everything(house))[-1]
    (row,) = [row for row in await house.rows("events") if row["id"] == event.id]
    told = json.loads(cloud_event_json(house.caller.organization, row))
    assert list(told) == "specversion id source type subject time sequence actor requestid data".split()
    assert told["subject"] == f"customers/{row['subject_id']}"
    assert told["time"].endswith("Z")
    assert told["data"]["name"] == "Bob"


async def test_places_are_given_once_from_one_on_without_a_gap(house: House) -> None:
    for _ in range(3):
        await house.product(stock=1)
        await relayed(house)
    rows = await house.rows("events")
    assert sorted(row["position"] for row in rows) == list(range(1, len(rows) + 1))
    before = {row["id"]: row["position"] for row in rows}
    assert await relayed(house) == 0
    assert {row["id"]: row["position"] for row in await house.rows("events")} == before


async def test_an_empty_page_repeats_the_cursor_and_what_comes_is_found_behind_it(house: House) -> None:
    await house.product(stock=1)
    told = await everything(house)
    end = (await reading(house)(ALL)).end
    assert end is not None
    empty = await reading(house)(replace(ALL, position=end))
    assert (empty.items, empty.start, empty.end, empty.has_next) == ((), end, end, False)
    await house.customer()
    await relayed(house)
    news = await reading(house)(replace(ALL, position=empty.end))
    assert [event.type for event in news.items] == ["customer.changed"]
    assert [*told, *news.items] == await everything(house)


async def test_before_the_first_event_there_is_an_empty_page_too(house: House) -> None:
    await everything(house)
    backwards = await reading(house)(replace(ALL, direction=Direction.BACKWARD, position=(1, UUID(int=0))))
    assert (backwards.items, backwards.start) == ((), (1, UUID(int=0)))


async def test_it_can_be_read_backward(house: House) -> None:
    for _ in range(4):
        await house.customer()
    told = await everything(house)
    request = PageRequest(sort=BY_POSITION, limit=2, direction=Direction.BACKWARD)
    last = await reading(house)(request)
    assert list(last.items) == told[-2:]
    assert list((await reading(house)(replace(request, position=last.start))).items) == told[-4:-2]


async def test_nobody_reads_of_another_organization(house: House, other_house: House) -> None:
    await house.customer()
    await other_house.customer()
    ours, theirs = await everything(house), await everything(other_house)
    assert {event.source for event in ours} == {f"/organizations/{house.caller.organization}"}
    assert not {event.id for event in ours} & {event.id for event in theirs}


async def test_what_is_only_tried_is_never_told(house: House) -> None:
    order = house.dry.order_of(await house.customer(), (await house.product(stock=5), 2))
    before = await everything(house)
    await house.dry.placing(order)
    assert await everything(house) == before


async def test_of_an_erased_customer_it_tells_no_more_than_that_there_was_one(house: House) -> None:
    customer = await house.customer("bartholomew@example.com")
    order = await house.place(customer, (await house.product(stock=5), 2))
    erase = EraseCustomerHandler(house.backend.begin)
    assert "bartholomew@example.com" in str(await everything(house))
    await house.answer(erase, EraseCustomer(caller=house.caller, customer_id=customer.id))
    told = {event.type: event for event in await everything(house) if str(order.id) in event.subject}
    assert told["order.placed"].data["shippingAddress"] is None
    assert "bartholomew" not in str(await everything(house))


# In order, whatever the clocks


async def test_ids_of_a_clock_that_is_behind_do_not_turn_a_subject_around(house: House) -> None:
    """A note is taken by a process whose clock is a day behind, another by one that is a day ahead."""
    order = await house.place(await house.customer(), (await house.product(stock=5), 2))
    for days in (1, -1, 0):
        await note(_off(house, days), order.id)
    told = [event.sequence for event in await everything(house) if event.subject == f"orders/{order.id}"]
    assert told == [1, 2, 3, 4]


def _off(house: House, days: int) -> House:
    """The same, but for ids: those are made by a clock that is so far ahead."""

    def new_id() -> UUID:
        return UUID(int=house.backend.new_id().int + (days * 86_400_000 << 80))

    return replace(house, backend=replace(house.backend, new_id=new_id))  # type: ignore[type-var]


@pytest.mark.parametrize("batch", [1, 2, 3])
async def test_nor_do_they_when_a_batch_ends_between_two(
    house: House, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await house.place(await house.customer(), (await house.product(stock=5), 2))
    for days in (0, 2, 1, -1, 3, -2):
        await note(_off(house, days), order.id)
    monkeypatch.setattr("adapters.postgres.relay.BATCH", batch)
    while await house.backend.relay.relay(house.caller.organization):
        pass
    told = [event for event in await everything(house) if event.subject == f"orders/{order.id}"]
    assert [event.sequence for event in told] == [1, 2, 3, 4, 5, 6, 7]


# While others write


async def write(house: House, order: OrderId, patience: float) -> None:
    """Note something, with some time between what is decided, ids included, and what is committed."""
    async with house.begin() as work:
        noted = (await work.orders.get(order)).note_down(NoteId(house.backend.new_id()), "a note", at=work.now())
        work.orders.save(noted)
        await asyncio.sleep(patience)
        await work.commit(noted)


async def follow(house: House, read: Reader) -> None:
    """Eight write, in transactions that overlap, while it is relayed and read. Raises: AssertionError."""
    customer, product = await house.customer(), await house.product(stock=WRITERS)
    orders = [(await house.place(customer, (product, 1))).id for _ in range(WRITERS)]
    chance, met, over = random.Random(8), list[Seen](), asyncio.Event()

    async def writing(order: OrderId) -> None:
        for _ in range(EVENTS):
            await write(house, order, chance.random() * 0.01)

    async def relaying() -> None:
        while not over.is_set():
            await relayed(house)

    async def following() -> None:
        while not over.is_set():
            met.extend(await read())
            await asyncio.sleep(0)

    around = [asyncio.create_task(work()) for work in (relaying, relaying, following)]
    try:
        await asyncio.gather(*(writing(order) for order in orders))
    finally:
        over.set()
        await asyncio.gather(*around)
    await relayed(house)
    met.extend(await read())

    committed = sorted((row["id"], _subject(row), row["sequence"]) for row in await house.rows("events"))
    assert sorted(met) == committed, "every event, once"
    for subject in {subject for _, subject, _ in met}:
        told = [sequence for _, of, sequence in met if of == subject]
        assert told == sorted(told), f"{subject} in order"


def _subject(row: Row) -> str:
    return f"{row['subject']}s/{row['subject_id']}"


async def test_who_walks_the_feed_while_eight_write_sees_every_event_once_and_in_order(house: House) -> None:
    await follow(house, Walker(house))


async def test_who_reads_by_id_misses_some(house: House) -> None:
    """So the test above can fail: ids are made before the commit, and the slower one's is passed by."""
    with pytest.raises(AssertionError, match="every event, once"):
        await follow(house, ByIds(house))


async def test_two_commits_the_wrong_way_round(house: House) -> None:
    """The same by hand: whose ids are first, commits last, when the others have been read already."""
    customer, product = await house.customer(), await house.product(stock=2)
    slow, fast = [(await house.place(customer, (product, 1))).id for _ in range(2)]
    by_ids, walker = ByIds(house), Walker(house)
    await relayed(house)
    await by_ids()
    await walker()
    async with house.begin() as work:
        noted = (await work.orders.get(slow)).note_down(NoteId(house.backend.new_id()), "slow", at=work.now())
        work.orders.save(noted)
        await note(house, fast)
        await relayed(house)
        found = [await by_ids(), await walker()]
        await work.commit(noted)
    await relayed(house)
    assert [[subject for _, subject, _ in each] for each in found] == [[f"orders/{fast}"]] * 2
    assert await by_ids() == []
    assert [subject for _, subject, _ in await walker()] == [f"orders/{slow}"]


# Who is told


def told_of(types: list[str], **more: object) -> Row:
    enabled = {"status": "enabled", "disabled_because": None, "removed_at": None}
    return {**endpoint_row(), **enabled, "event_types": types, **more}


async def deliveries(house: House, endpoint: object) -> list[str]:
    rows = [row for row in await house.rows("deliveries") if row["endpoint_id"] == endpoint]
    return [row["type"] for row in sorted(rows, key=lambda row: row["position"])]


async def live(house: House) -> tuple[Customer, OrderId]:
    customer, product = await house.customer(), await house.product(stock=5)
    order = await house.place(customer, (product, 2))
    await house.confirm(order.id)
    await note(house, order.id)
    await house.ship(order.id)
    await house.deliver(order.id)
    await house.send_back(order.id)
    return customer, order.id


@pytest.mark.parametrize(
    ("types", "wanted"),
    [
        ([], lambda _: True),
        (["order.*"], lambda one: one.startswith("order.")),
        (["order.placed", "payment.*"], lambda one: one == "order.placed" or one.startswith("payment.")),
        (["order"], lambda _: False),
        (["stock.adjusted", "stock.*"], lambda one: one == "stock.adjusted"),
    ],
)
async def test_an_endpoint_is_told_what_it_asks_for_once(
    house: House, types: list[str], wanted: Callable[[str], bool]
) -> None:
    await everything(house)
    endpoint = told_of(types)
    await house.insert("webhook_endpoints", endpoint)
    known = len(await everything(house))
    await live(house)
    news = (await everything(house))[known:]
    assert await deliveries(house, endpoint["id"]) == [event.type for event in news if wanted(event.type)]


async def test_a_disabled_endpoint_is_told_nothing(house: House) -> None:
    endpoint = told_of([], status="disabled")
    await house.insert("webhook_endpoints", endpoint)
    await live(house)
    await everything(house)
    assert await deliveries(house, endpoint["id"]) == []


async def test_a_delivery_is_due_at_once_and_says_where_its_event_stands(house: House) -> None:
    await everything(house)
    endpoint = told_of(["customer.changed"])
    await house.insert("webhook_endpoints", endpoint)
    customer = await house.customer()
    event = (await everything(house))[-1]
    (row,) = await house.rows("deliveries")
    (told,) = [one for one in await house.rows("events") if one["id"] == event.id]
    assert row["event_id"] == told["id"]
    assert row["position"] == told["position"]
    assert (row["subject"], row["subject_id"], row["type"]) == ("customer", customer.id, "customer.changed")
    assert (row["channel"], row["endpoint_id"], row["n"]) == ("webhook", endpoint["id"], 0)
    assert (row["state"], row["attempts"], row["fence"]) == ("pending", 0, 0)
    assert row["due_at"] == row["created_at"] == house.backend.clock.now()
    assert (row["lease_until"], row["settled_at"]) == (None, None)


async def test_customers_are_written_to_where_the_organization_wants_it(house: House, other_house: House) -> None:
    for one in (house, other_house):
        await everything(one)
    await house.overwrite("organizations", {}, mail=True)
    for one in (house, other_house):
        await live(one)
        cancelled = await one.place(await one.customer(), (await one.product(stock=1), 1))
        await one.cancel(cancelled.id)
        await everything(one)
    assert await deliveries(house, None) == [
        "order.placed",
        "order.confirmed",
        "order.shipped",
        "payment.refunded",
        "order.placed",
        "order.cancelled",
    ]
    assert {row["channel"] for row in await house.rows("deliveries")} == {"mail"}
    assert await other_house.rows("deliveries") == []


async def test_four_who_relay_at_once_tell_everybody_once(house: House) -> None:
    await everything(house)
    known = len(await house.rows("events"))
    endpoint = told_of([])
    await house.insert("webhook_endpoints", endpoint)
    for _ in range(20):
        await house.customer()
    await asyncio.gather(*(relayed(house) for _ in range(4)))
    await relayed(house)
    assert await deliveries(house, endpoint["id"]) == ["customer.changed"] * 20
    rows = await house.rows("events")
    assert sorted(row["position"] for row in rows) == list(range(1, known + 21))
