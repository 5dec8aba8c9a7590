"""Expiry: who is late loses the order, once; who was in time keeps it, however close it was."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from application.ordering.expire_order import ExpireOrderHandler
from application.ordering.ports import BeginOrdering, OrderingWork
from application.shared.caller import Caller
from application.shared.due import Due
from application.shared.errors import Outdated
from domain.ids import OrderId
from domain.ordering.order import Order
from domain.shared.errors import IllegalTransition
from tests.contract.backend import START
from tests.contract.house import House
from tests.trials import trials

DAY = timedelta(hours=24)


async def an_order(house: House, quantity: int = 4) -> Order:
    return await house.place(await house.customer(), (await house.product(stock=10), quantity))


def everything_due(house: House, *, seconds: float = 60) -> Due:
    """What is due by the organization's clock, where that is the real one."""
    return Due(caller=house.caller, at=house.backend.clock.now(), until=monotonic() + seconds)


async def status_of(house: House, order: Order) -> str:
    return (await house.backend.orders.get(house.caller.organization, order.id)).status


async def test_an_order_that_nobody_confirmed_expires(house: House) -> None:
    order = await an_order(house)
    house.backend.clock.advance(hours=24)
    assert await house.expire(order.id)
    stored = await house.backend.orders.get(house.caller.organization, order.id)
    assert (stored.status, stored.version, stored.updated_at) == ("cancelled", 2, START + DAY)
    assert stored.cancellation is not None
    assert (stored.cancellation.by, stored.cancellation.reason, stored.cancellation.at) == (
        "expiry",
        None,
        START + DAY,
    )
    assert await house.counters(order.lines[0].product_id) == (10, 0)


async def test_what_expires_gives_back_what_it_held_and_not_what_others_hold(house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=20)
    late = await house.place(customer, (product, 4))
    house.backend.clock.advance(hours=1)
    await house.place(customer, (product, 9))
    house.backend.clock.advance(hours=23)
    assert await house.expire(late.id)
    assert await house.counters(product.id) == (20, 9), "it gave back what others hold"


async def test_the_system_expires_it_and_says_so(house: House) -> None:
    order = await an_order(house)
    house.backend.clock.advance(hours=25)
    await house.expire(order.id)
    (event,) = [row for row in await house.rows("events") if row["subject_id"] == order.id and row["sequence"] == 2]
    assert (event["type"], event["actor"], event["request_id"]) == ("order.expired", "system", "request-due")
    (released,) = [row for row in await house.rows("stock_ledger") if row["cause"] == "released"]
    assert (released["actor"], released["reference"], released["reserved"]) == ("system", order.id, -4)


async def test_it_does_not_expire_a_moment_too_early(house: House) -> None:
    order = await an_order(house)
    house.backend.clock.advance(hours=24, microseconds=-1)
    before = await house.everything()
    assert not await house.expire(order.id)
    assert await house.everything() == before


@pytest.mark.parametrize("verb", ["confirm", "cancel"])
async def test_what_was_decided_in_time_stays_as_it_is(house: House, verb: str) -> None:
    order = await an_order(house)
    await getattr(house, verb)(order.id)
    house.backend.clock.advance(days=30)
    before = await house.everything()
    assert not await house.expire(order.id)
    assert await house.everything() == before


async def test_it_expires_by_the_clock_of_its_organization(house: House) -> None:
    order = await an_order(house)
    await house.overwrite("organizations", {}, clock_offset_seconds=86_399)
    assert not await house.expire(order.id)
    await house.overwrite("organizations", {}, clock_offset_seconds=86_400)
    assert await house.expire(order.id)


# Found


async def test_those_are_due_that_are_pending_and_late_the_latest_first(house: House, other_house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=99)
    orders: list[OrderId] = []
    for _ in range(5):
        house.backend.clock.advance(minutes=1)
        orders.append((await house.place(customer, (product, 1))).id)
    await house.confirm(orders[1])
    await house.cancel(orders[2])
    await an_order(other_house)
    find, last = house.backend.due_orders, house.backend.clock.now() + DAY
    assert list(await find.due(house.caller.organization, last, 9)) == [orders[0], orders[3], orders[4]]
    assert list(await find.due(house.caller.organization, last, 2)) == [orders[0], orders[3]]
    assert list(await find.due(house.caller.organization, last - timedelta(seconds=1), 9)) == [orders[0], orders[3]]


async def test_everything_that_is_due_expires_and_nothing_else(house: House, other_house: House) -> None:
    early = [await an_order(house) for _ in range(6)]
    confirmed = await an_order(house)
    await house.confirm(confirmed.id)
    strangers = await an_order(other_house)
    house.backend.clock.advance(hours=24)
    late = await an_order(house)
    assert await house.expire_due(everything_due(house)) == 6
    assert [await status_of(house, order) for order in early] == ["cancelled"] * 6
    assert [await status_of(house, order) for order in (confirmed, late)] == ["confirmed", "pending"]
    assert await status_of(other_house, strangers) == "pending"
    assert await house.expire_due(everything_due(house)) == 0


async def test_more_than_one_look_finds_expires_too(house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=1000)
    for _ in range(trials(450, 210) // 30):  # not all at once: the last would wait longer than a request may
        await asyncio.gather(*(house.place(customer, (product, 1)) for _ in range(30)))
    house.backend.clock.advance(hours=24)
    assert await house.expire_due(everything_due(house)) == trials(450, 210)
    assert await house.counters(product.id) == (1000, 0)


async def test_without_time_nothing_is_begun(house: House) -> None:
    order = await an_order(house)
    house.backend.clock.advance(hours=24)
    assert await house.expire_due(everything_due(house, seconds=-1)) == 0
    assert await status_of(house, order) == "pending"


# Raced


@asynccontextmanager
async def _disturbed(
    begin: BeginOrdering, caller: Caller, at_commit: list[Order], house: House
) -> AsyncIterator[object]:
    async with begin(caller) as work:
        yield _Disturbed(work, at_commit, house)


class _Disturbed:
    """A unit of work during which somebody confirms, after the look and before the commit."""

    def __init__(self, work: OrderingWork, at_commit: list[Order], house: House) -> None:
        self._work = work
        self._at_commit = at_commit
        self._house = house

    def __getattr__(self, name: str) -> object:
        return getattr(self._work, name)

    async def commit(self, result: object) -> object:
        while self._at_commit:
            await self._house.confirm(self._at_commit.pop().id)
        return await self._work.commit(result)


async def test_what_is_confirmed_between_look_and_commit_does_not_expire(house: House) -> None:
    """The interleaving in which a write without a guard would cancel a confirmed order."""
    order = await an_order(house)
    house.backend.clock.advance(hours=24)
    to_confirm = [order]

    def begin(caller: Caller) -> object:
        return _disturbed(house.backend.begin, caller, to_confirm, house)

    expire = ExpireOrderHandler(begin)  # type: ignore[arg-type]
    with pytest.raises(Outdated):
        await expire(house.expiring(order.id))
    assert await status_of(house, order) == "confirmed"
    to_confirm.append(another := await an_order(house))
    house.backend.clock.advance(hours=24)
    with pytest.raises(IllegalTransition):
        await house.answer(expire, house.expiring(another.id))
    assert await status_of(house, another) == "confirmed"
    assert await house.counters(another.lines[0].product_id) == (10, 4)


async def test_of_confirming_and_expiring_exactly_one_wins(house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=10_000)
    won: Counter[str] = Counter()
    for _ in range(trials(1000, 30)):
        order = await house.place(customer, (product, 1))
        house.backend.clock.advance(hours=24)
        attempts = [house.confirm(order.id), house.expire(order.id)]
        if random.random() < 0.5:
            confirmed, expired = await asyncio.gather(*attempts, return_exceptions=True)
        else:
            expired, confirmed = await asyncio.gather(*reversed(attempts), return_exceptions=True)
        won[await status_of(house, order)] += 1
        outcome = (type(confirmed), expired)
        assert outcome in {(Order, False), (IllegalTransition, True)}
        assert (await status_of(house, order) == "confirmed") == (outcome == (Order, False))
    assert await house.counters(product.id) == (10_000, won["confirmed"])


async def test_of_many_workers_one_expires_it(house: House) -> None:
    order = await an_order(house)
    house.backend.clock.advance(hours=24)
    assert sorted(await asyncio.gather(*(house.expire(order.id) for _ in range(6)))) == [False] * 5 + [True]
    assert await house.counters(order.lines[0].product_id) == (10, 0)


async def test_a_dry_run_leaves_no_trace(house: House) -> None:
    order = await an_order(house)
    house.backend.clock.advance(hours=24)
    before = await house.everything()
    assert await house.dry.expire(order.id)
    assert await house.everything() == before


async def test_whose_request_it_was_is_kept_but_not_who_asked(house: House) -> None:
    """A claim of the caller's is for the caller's own answer."""
    order = await an_order(house)
    house.backend.clock.advance(hours=24)
    due = replace(everything_due(house), caller=replace(house.caller, request_id="request-asked"))
    assert await house.expire_due(due) == 1
    (event,) = [row for row in await house.rows("events") if row["type"] == "order.expired"]
    assert (event["subject_id"], event["actor"], event["request_id"]) == (order.id, "system", "request-asked")
