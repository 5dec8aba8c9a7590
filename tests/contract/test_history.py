"""What happened, as it is shown: every move of a product's stock, every event of an order; and notes beside orders."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.catalogue.list_stock_adjustments import ListStockAdjustments, ListStockAdjustmentsHandler
from application.catalogue.ports import LATEST
from application.ordering.change_order import ChangeOrder, ChangeOrderHandler
from application.ordering.get_timeline import GetTimeline, GetTimelineHandler
from application.ordering.note_order import Note, NoteOrder, NoteOrderHandler
from application.ordering.timeline import OLDEST
from application.shared.caller import Principal, PrincipalKind
from application.shared.pages import Direction, Page, PageRequest
from domain.catalogue.errors import ProductNotFound
from domain.ids import OrderId, ProductId
from domain.ordering.errors import OrderNotFound
from domain.stock import InventoryInsufficient
from tests.contract.house import House
from tests.trials import trials

Read = Callable[[PageRequest], Awaitable[Page[Any]]]


def ledger(house: House, product: ProductId) -> Read:
    handler = ListStockAdjustmentsHandler(house.backend.products)
    return lambda page: handler(ListStockAdjustments(caller=house.caller, product_id=product, page=page))


def timeline(house: House, order: OrderId, **caller: Any) -> Read:
    handler = GetTimelineHandler(house.backend.orders)
    by = replace(house.caller, **caller)
    return lambda page: handler(GetTimeline(caller=by, order_id=order, page=page))


def acting_for(customer: Any) -> Principal:
    return Principal(PrincipalKind.USER, id=customer, role="customer", customer_id=customer)


async def note(house: House, order: OrderId, text: str) -> Note:
    command = NoteOrder(caller=house.caller, order_id=order, text=text)
    return await house.answer(NoteOrderHandler(house.backend.begin, house.backend.new_id), command)


async def walk(read: Read, request: PageRequest, between: Callable[[], Awaitable[object]] | None = None) -> list[Any]:
    """Return all that is met, in the order of the collection."""
    forward, pages = request.direction is Direction.FORWARD, []
    while True:
        page = await read(request)
        pages.append(page.items)
        if not (page.has_next if forward else page.has_previous):
            return [item for items in (pages if forward else pages[::-1]) for item in items]
        request = replace(request, position=page.end if forward else page.start)
        if between is not None:
            await between()


# The ledger


async def test_every_move_is_shown_with_its_cause_and_whose_it_is(house: House) -> None:
    product = await house.product()
    received = await house.adjust(product.id, 9)
    house.backend.clock.advance(minutes=1)
    order = await house.place(await house.customer(), (product, 4))
    await house.confirm(order.id)
    house.backend.clock.advance(minutes=1)
    await house.ship(order.id)
    house.backend.clock.advance(minutes=1)
    await house.send_back(order.id)
    damaged = await house.adjust(product.id, -1)
    moves = await walk(ledger(house, product.id), PageRequest(sort=LATEST))
    assert [(move.cause, move.on_hand, move.reserved, move.change, move.reason) for move in moves] == [
        ("damaged", -1, 0, -1, "damaged"),
        ("returned", 4, 0, None, None),
        ("shipped", -4, -4, None, None),
        ("reserved", 0, 4, None, None),
        ("received", 9, 0, 9, "received"),
    ]
    assert [move.order_id for move in moves] == [None, order.id, order.id, order.id, None]
    assert (moves[0].id, moves[4].id) == (damaged.id, received.id)
    assert [move.note for move in moves] == ["as counted", None, None, None, "as counted"]
    assert {move.actor for move in moves} == {f"user:{house.caller.principal.id}"}
    assert {move.product_id for move in moves} == {product.id}
    assert moves[4].at == received.at
    assert len({move.id for move in moves}) == 5


async def test_a_product_that_never_moved_has_an_empty_ledger_and_an_unknown_one_none(house: House) -> None:
    product = await house.product()
    assert await ledger(house, product.id)(PageRequest(sort=LATEST)) == Page.empty()
    with pytest.raises(ProductNotFound):
        await ledger(house, ProductId(house.backend.new_id()))(PageRequest(sort=LATEST))


async def test_another_organizations_history_is_not_there(house: House, other_house: House) -> None:
    product = await house.product(stock=5)
    order = await house.place(await house.customer(), (product, 1))
    with pytest.raises(ProductNotFound):
        await ledger(other_house, product.id)(PageRequest(sort=LATEST))
    with pytest.raises(OrderNotFound):
        await timeline(other_house, order.id)(PageRequest(sort=OLDEST))
    with pytest.raises(OrderNotFound):
        await note(other_house, order.id, "Mine")


STEPS = st.lists(st.tuples(st.integers(-3, 5).filter(bool), st.integers(0, 60)), max_size=12)


@settings(max_examples=trials(200, 4), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=STEPS, meanwhile=STEPS, limit=st.integers(1, 4), direction=st.sampled_from(Direction))
async def test_a_walk_meets_every_move_once_while_others_are_written(
    house: House, before: list[Any], meanwhile: list[Any], limit: int, direction: Direction
) -> None:
    """And whoever sums up what was met from the first move on, has the counters."""
    product, waiting = await house.product(stock=1), list(meanwhile)

    async def move(change: int, seconds: int) -> None:
        house.backend.clock.advance(seconds=seconds)
        try:
            await house.adjust(product.id, change)
        except InventoryInsufficient:
            await house.adjust(product.id, -change)

    async def write_on() -> None:
        if waiting:
            await move(*waiting.pop())

    for step in before:
        await move(*step)
    there = [move.id for move in await walk(ledger(house, product.id), PageRequest(sort=LATEST, limit=100))]
    met = await walk(ledger(house, product.id), PageRequest(sort=LATEST, limit=limit, direction=direction), write_on)
    times = Counter(move.id for move in met)
    assert set(times.values()) == {1}
    assert set(there) <= times.keys()
    assert [move.id for move in met if move.id in set(there)] == there
    everything = await walk(ledger(house, product.id), PageRequest(sort=LATEST, limit=limit))
    assert await house.counters(product.id) == (sum(m.on_hand for m in everything), sum(m.reserved for m in everything))


# The timeline


async def test_a_timeline_is_all_that_happened_with_the_order_as_it_was(house: House) -> None:
    order = await house.place(await house.customer(), (await house.product(stock=5), 2), note="Ring twice")
    house.backend.clock.advance(minutes=5)
    await house.confirm(order.id)
    noted = await note(house, order.id, "Called back")
    await house.cancel(order.id)
    told = await walk(timeline(house, order.id), PageRequest(sort=OLDEST, limit=3))
    assert [(entry.sequence, entry.type) for entry in told] == [
        (1, "order.placed"),
        (2, "order.confirmed"),
        (3, "order.noted"),
        (4, "order.cancelled"),
    ]
    assert [(entry.data["status"], entry.data["version"]) for entry in told] == [
        ("pending", 1),
        ("confirmed", 3),  # of version 2, in which somebody was paying, no event tells
        ("confirmed", 3),
        ("cancelled", 4),
    ]
    assert [entry.facts for entry in told] == [
        {},
        {"paymentMethod": "pm_ok"},
        {"noteId": str(noted.id), "text": "Called back"},
        {"reason": "too late"},
    ]
    assert told[0].data["note"] == "Ring twice"
    assert told[0].data["shippingAddress"]["city"] == "Köln"
    assert told[1].at == house.backend.clock.instant
    assert {entry.actor for entry in told} == {f"user:{house.caller.principal.id}"}
    back = await walk(timeline(house, order.id), PageRequest(sort=OLDEST, limit=3, direction=Direction.BACKWARD))
    assert back == told


async def test_whose_order_it_is_sees_what_happened_but_not_what_was_noted(house: House) -> None:
    customer, other = await house.customer(), await house.customer()
    order = await house.place(customer, (await house.product(stock=5), 2))
    for number in range(3):
        await note(house, order.id, f"Careful {number}")
    await house.confirm(order.id)
    own = timeline(house, order.id, principal=acting_for(customer.id))
    assert [entry.type for entry in await walk(own, PageRequest(sort=OLDEST, limit=1))] == [
        "order.placed",
        "order.confirmed",
    ]
    with pytest.raises(OrderNotFound):
        await timeline(house, order.id, principal=acting_for(other.id))(PageRequest(sort=OLDEST))
    with pytest.raises(OrderNotFound):
        await timeline(house, OrderId(house.backend.new_id()))(PageRequest(sort=OLDEST))


async def test_beyond_its_end_a_timeline_is_empty_until_more_happens(house: House) -> None:
    order = await house.place(await house.customer(), (await house.product(stock=5), 2))
    read = timeline(house, order.id)
    end = (await read(PageRequest(sort=OLDEST))).end
    assert (await read(PageRequest(sort=OLDEST, position=end))).items == ()
    await house.confirm(order.id)
    assert [entry.sequence for entry in (await read(PageRequest(sort=OLDEST, position=end))).items] == [2]


async def test_a_timeline_that_grows_meets_every_event_once(house: House) -> None:
    for trial in range(trials(100, 3)):
        order = await house.place(await house.customer(), (await house.product(stock=5), 2))
        chance, left = random.Random(trial), 12

        async def write_on(order: OrderId = order.id, chance: random.Random = chance) -> None:
            nonlocal left
            if left > 0:
                left -= 1
                await asyncio.gather(*(note(house, order, "More") for _ in range(chance.randint(0, 3))))

        await write_on()
        met = await walk(timeline(house, order.id), PageRequest(sort=OLDEST, limit=chance.randint(1, 3)), write_on)
        assert [entry.sequence for entry in met] == list(range(1, len(met) + 1))


# Notes


async def test_a_note_changes_nothing_of_the_order(house: House) -> None:
    order = await house.place(await house.customer(), (await house.product(stock=5), 2))
    before = await house.backend.orders.get(house.caller.organization, order.id)
    house.backend.clock.advance(hours=1)
    noted = await note(house, order.id, "Called back")
    assert (noted.order_id, noted.text, noted.at) == (order.id, "Called back", house.backend.clock.instant)
    assert noted.actor == f"user:{house.caller.principal.id}"
    assert await house.backend.orders.get(house.caller.organization, order.id) == before


@pytest.mark.parametrize("end", ["cancelled", "returned"])
async def test_what_is_over_can_still_be_noted(house: House, end: str) -> None:
    order = await house.place(await house.customer(), (await house.product(stock=5), 2))
    if end == "cancelled":
        await house.cancel(order.id)
    else:
        for go in (house.confirm, house.ship, house.send_back):
            await go(order.id)
    await note(house, order.id, "Pity")
    *_, last = await walk(timeline(house, order.id), PageRequest(sort=OLDEST))
    assert (last.type, last.data["status"]) == ("order.noted", end)


async def test_what_was_read_before_a_note_is_not_outdated_by_it(house: House) -> None:
    order = await house.place(await house.customer(), (await house.product(stock=5), 2))
    async with house.begin() as work:
        read = await work.orders.get(order.id)
        work.orders.save(read.confirm(at=work.now(), payment_method="pm_ok"))
        await note(house, order.id, "Meanwhile")
        await work.commit(None)
    told = await walk(timeline(house, order.id), PageRequest(sort=OLDEST))
    assert [entry.type for entry in told] == ["order.placed", "order.noted", "order.confirmed"]


@pytest.mark.parametrize("trial", range(trials(100, 3)))
async def test_notes_and_actions_do_not_lose_one_another(house: House, trial: int) -> None:
    order = await house.place(await house.customer(), (await house.product(stock=5), 2))
    change = ChangeOrder(caller=house.caller, order_id=order.id, change={"note": "Ring twice"})
    deeds: list[Awaitable[object]] = [
        house.confirm(order.id),
        house.answer(ChangeOrderHandler(house.backend.begin), change),
        *(note(house, order.id, f"{number}") for number in range(8)),
    ]
    random.Random(trial).shuffle(deeds)
    await asyncio.gather(*deeds)
    told = await walk(timeline(house, order.id), PageRequest(sort=OLDEST, limit=100))
    assert Counter(entry.type for entry in told) == {
        "order.placed": 1,
        "order.confirmed": 1,
        "order.changed": 1,
        "order.noted": 8,
    }
    assert {entry.facts["text"] for entry in told if entry.type == "order.noted"} == set("01234567")
    grew = [
        entry.data["version"] - before.data["version"] - (entry.type != "order.noted")
        for before, entry in pairwise(told)
    ]
    assert sorted(grew) == [0] * 9 + [1], "each says how the order was just then; one version tells only of paying"
