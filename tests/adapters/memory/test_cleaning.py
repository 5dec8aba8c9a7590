"""In memory, too, answers go once they are no longer kept: whoever keeps the hundredth sweeps."""

from datetime import timedelta

from adapters.memory.attempt import SWEEP_EVERY
from adapters.memory.cleaning import remove_expired_answers
from application.customers.register_customer import RegisterCustomer, RegisterCustomerHandler
from tests.contract.backend import START, MemoryBackend
from tests.contract.house import House
from tests.contract.keys import claim, send


async def keep(house: House, name: str) -> None:
    command = RegisterCustomer(caller=house.caller, email=f"{name}@example.com", name="Bob")
    await send(house, RegisterCustomerHandler(house.backend.begin, house.backend.new_id), command, claim(name))


async def test_what_is_no_longer_kept_goes_and_the_rest_stays() -> None:
    backend = MemoryBackend()
    house, other = await House.found(backend), await House.found(backend)
    await keep(house, "old")
    await keep(other, "old")
    backend.clock.advance(hours=1)
    await keep(house, "new")
    own = house.caller.organization
    day = START + timedelta(hours=24)
    assert remove_expired_answers(backend.store, own, day - timedelta(seconds=1)) == 0
    assert remove_expired_answers(backend.store, own, day) == 1
    assert len(await house.rows("idempotency_keys")) == len(await other.rows("idempotency_keys")) == 1
    assert len(await house.rows("customers")) == 2
    backend.clock.advance(hours=24)
    await keep(house, "old-again")
    assert remove_expired_answers(backend.store, own, backend.clock.now()) == 1


async def test_it_needs_nobody_to_say_so() -> None:
    backend = MemoryBackend()
    house = await House.found(backend)
    await keep(house, "first")
    backend.clock.advance(hours=24)
    for number in range(SWEEP_EVERY):
        await keep(house, f"later-{number}")
    assert len(await house.rows("idempotency_keys")) == SWEEP_EVERY
