"""A unit of work has its organization's time: the real one, and in a sandbox whatever it was moved by."""

from datetime import timedelta

from application.shared.caller import ANONYMOUS, Caller
from tests.contract.backend import START, Backend
from tests.contract.house import House


async def test_it_is_the_real_time_elsewhere(house: House, other_house: House) -> None:
    await house.overwrite("organizations", {}, clock_offset_seconds=86_400)
    assert (await other_house.customer()).created_at == START


async def test_a_sandbox_that_was_moved_writes_its_own_time(house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=5)
    await house.overwrite("organizations", {}, clock_offset_seconds=3600)
    house.backend.clock.advance(seconds=0.25)
    later = START + timedelta(seconds=3600.25)
    order = await house.place(customer, (product, 1))
    assert (order.created_at, order.updated_at) == (later, later)
    assert order.expires_at == later + timedelta(hours=24)
    stored = await house.backend.orders.get(house.caller.organization, order.id)
    assert (stored.created_at, stored.expires_at) == (order.created_at, order.expires_at)
    assert {row["at"] for row in await house.rows("events") if row["subject"] == "order"} == {later}
    assert (await house.confirm(order.id)).updated_at == later
    assert (await house.customer()).created_at == later
    assert (await house.adjust(product.id, 1)).at == later
    assert (await house.suspend(customer)).updated_at == later


async def test_time_does_not_stand_still_between_look_and_commit(house: House) -> None:
    async with house.begin() as work:
        await work.look()
        before = work.now()
        house.backend.clock.advance(seconds=3)
        assert work.now() == before + timedelta(seconds=3)


async def test_an_organization_that_does_not_exist_yet_has_the_real_time(backend: Backend) -> None:
    caller = Caller(organization=backend.new_id(), principal=ANONYMOUS, request_id="request-1")
    async with backend.begin(caller) as work:
        await work.look()
        assert work.now() == START


async def test_microseconds_survive(house: House) -> None:
    house.backend.clock.advance(microseconds=123_456)
    customer = await house.customer()
    stored = await house.backend.customers.get(house.caller.organization, customer.id)
    assert stored.created_at == customer.created_at == START + timedelta(microseconds=123_456)
