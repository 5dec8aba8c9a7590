"""A sandbox moves its own clock: once a request, with all that falls due by it."""

import asyncio
from datetime import timedelta

import pytest

from application.identity import advance_clock
from application.identity.advance_clock import AdvanceClock, AdvanceClockHandler, Advanced
from application.shared.due import Due, DueJobs
from domain.identity.sandbox import FURTHEST
from domain.shared.errors import IllegalTransition
from tests.contract.backend import START
from tests.contract.house import House
from tests.contract.keys import claim

HOUR = 3600


async def offset(house: House) -> int:
    (row,) = await house.rows("organizations")
    return int(row["clock_offset_seconds"])


async def orders(house: House, count: int) -> list[str]:
    customer, product = await house.customer(), await house.product(stock=count)
    return [str((await house.place(customer, (product, 1))).id) for _ in range(count)]


async def statuses(house: House) -> list[str]:
    return sorted(row["status"] for row in await house.rows("orders"))


async def test_it_goes_ahead_of_the_real_time_and_adds_up(house: House, other_house: House) -> None:
    assert await house.advance(HOUR) == Advanced(now=START + timedelta(hours=1), ran={"expire-orders": 0})
    house.backend.clock.advance(minutes=1)
    assert (await house.advance(HOUR)).now == START + timedelta(hours=2, minutes=1)
    assert (await offset(house), await offset(other_house)) == (2 * HOUR, 0)
    assert (await house.customer()).created_at == START + timedelta(hours=2, minutes=1)


async def test_what_falls_due_by_it_is_done_before_it_answers(house: House, other_house: House) -> None:
    await orders(house, 3)
    await orders(other_house, 1)
    assert (await house.advance(23 * HOUR)).ran == {"expire-orders": 0}
    await orders(house, 1)
    assert (await house.advance(HOUR)).ran == {"expire-orders": 3}
    assert await statuses(house) == ["cancelled", "cancelled", "cancelled", "pending"]
    assert await statuses(other_house) == ["pending"]
    cancelled = [row for row in await house.rows("orders") if row["status"] == "cancelled"]
    assert {row["cancelled_at"] for row in cancelled} == {START + timedelta(hours=24)}


async def test_for_what_there_is_no_time_is_due_all_the_same(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await orders(house, 2)
    monkeypatch.setattr(advance_clock, "PATIENCE", 0.0)
    assert (await house.advance(24 * HOUR)).ran == {"expire-orders": 0}
    (first, second) = await house.backend.due_orders.due(
        house.caller.organization, START + timedelta(seconds=await offset(house)), 9
    )
    assert await house.expire(first)
    monkeypatch.undo()
    assert (await house.advance(1)).ran == {"expire-orders": 1}
    assert first != second
    assert await statuses(house) == ["cancelled", "cancelled"]


async def test_who_is_no_sandbox_keeps_the_real_time(other_house: House) -> None:
    await orders(other_house, 1)
    with pytest.raises(IllegalTransition) as refused:
        await other_house.advance(24 * HOUR)
    assert [block.code for block in refused.value.blocked_by] == ["not-a-sandbox"]
    assert (await offset(other_house), await statuses(other_house)) == (0, ["pending"])


async def test_it_stops_at_its_end(house: House) -> None:
    await house.overwrite("organizations", {}, clock_offset_seconds=FURTHEST - 1)
    assert (await house.advance(1)).now == START + timedelta(seconds=FURTHEST)
    order = await house.place(await house.customer(), (await house.product(stock=1), 1))
    assert order.created_at == START + timedelta(seconds=FURTHEST)
    with pytest.raises(IllegalTransition) as refused:
        await house.advance(1)
    assert [block.code for block in refused.value.blocked_by] == ["too-far"]


async def test_of_two_who_move_it_to_its_end_one_is_told(house: House) -> None:
    await house.overwrite("organizations", {}, clock_offset_seconds=FURTHEST - 10)
    outcomes = await asyncio.gather(house.advance(7), house.advance(7), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Advanced", "IllegalTransition"]
    assert await offset(house) == FURTHEST - 3


async def test_who_move_it_at_the_same_time_all_move_it(house: House) -> None:
    await asyncio.gather(*(house.advance(HOUR) for _ in range(5)))
    assert await offset(house) == 5 * HOUR


async def test_under_one_key_it_moves_once(house: House) -> None:
    await orders(house, 2)
    command, key = AdvanceClock(caller=house.caller, seconds=24 * HOUR), claim()
    advance = house.answering(house.advancing)
    first = await advance.once(command, key)
    again = await advance.once(command, key)
    assert (first.replayed, again.replayed) == (False, True)
    assert again.answer == first.answer
    assert await offset(house) == 24 * HOUR


async def test_cut_off_before_the_clock_moved_the_same_key_moves_it_once(house: House) -> None:
    """What was due as of the new time is done, and is not done again."""
    await orders(house, 2)
    command, key = AdvanceClock(caller=house.caller, seconds=24 * HOUR), claim()

    cut_off = AdvanceClockHandler(house.backend.begin, DueJobs((house.expire_due, CutOff())))
    with pytest.raises(asyncio.CancelledError):
        await house.answering(cut_off).once(command, key)
    assert (await offset(house), await statuses(house)) == (0, ["cancelled", "cancelled"])
    assert not (await house.answering(house.advancing).once(command, key)).replayed
    assert await offset(house) == 24 * HOUR


class CutOff:
    """A job in the middle of which the request ends."""

    name = "cut-off"

    async def __call__(self, _: Due) -> int:
        raise asyncio.CancelledError


async def test_sessions_stay_in_real_time(house: House) -> None:
    """A year later, by its own clock, whoever is logged in still is."""
    signed_in = await house.people.log_in(house.email)
    await house.advance(365 * 24 * HOUR)
    again = await house.people.refresh(signed_in.refresh_token)
    assert again.refresh_token != signed_in.refresh_token
    assert {row["last_used_at"] for row in await house.rows("sessions")} == {START}
