"""A customer is erased: of what it was called, where it lived and what was written of it, no row of any table knows."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import monotonic
from typing import Any, Final

import pytest

from adapters.records.personal import whole
from application.customers.change_customer import ChangeCustomer, ChangeCustomerHandler
from application.customers.erase_customer import EraseCustomer, EraseCustomerHandler
from application.identity.ports import Bearer
from application.ordering.cancel_order import CancelOrder, CancelOrderHandler
from application.ordering.change_order import ChangeOrder, ChangeOrderHandler
from application.ordering.errors import PaymentOutcomeUnknown
from application.ordering.note_order import NoteOrder, NoteOrderHandler
from application.ordering.place_order import PlaceOrder
from application.ordering.return_order import ReturnOrder, ReturnOrderHandler
from application.ordering.ship_order import ShipOrder, ShipOrderHandler
from application.shared.errors import Outdated
from domain.address import Address
from domain.catalogue.product import Product
from domain.customers.customer import Customer
from domain.identity.errors import InvalidCredentials, InvalidToken
from domain.identity.roles import Role
from domain.ids import OrderId
from domain.shared.errors import IllegalTransition, RulesBroken, StaleVersion
from tests.contract.house import House
from tests.contract.keys import claim, send
from tests.contract.payments import Till
from tests.contract.test_events import events_of
from tests.people import People
from tests.trials import trials

MARK: Final = "Bartholomew"
"""Stands in everything that is said of the one who is to be erased."""

HOME: Final = Address(
    name=MARK,
    line1=f"{MARK} Street",
    line2=f"{MARK} Court",
    city=f"{MARK}ville",
    region=MARK,
    postal_code=MARK,
    country="BE",
)


async def erase(house: House, customer: Customer, version: int | None = None) -> Customer:
    command = EraseCustomer(caller=house.caller, customer_id=customer.id, expected_version=version)
    return await house.answer(EraseCustomerHandler(house.backend.begin), command)


async def change(house: House, customer: Customer, **said: Any) -> Customer:
    command = ChangeCustomer(caller=house.caller, customer_id=customer.id, change=said)  # type: ignore[typeddict-item]
    return await house.answer(ChangeCustomerHandler(house.backend.begin), command)


async def note(house: House, order: OrderId, text: str = f"{MARK} called") -> object:
    command = NoteOrder(caller=house.caller, order_id=order, text=text)
    return await house.answer(NoteOrderHandler(house.backend.begin, house.backend.new_id), command)


def wanted(house: House, customer: Customer, product: Product) -> PlaceOrder:
    return replace(house.order_of(customer, (product, 2), note=f"for {MARK}"), shipping_address=HOME)


async def place(house: House, customer: Customer, product: Product) -> OrderId:
    return (await house.answer(house.placing, wanted(house, customer, product))).id


@pytest.fixture
async def known(house: House) -> Customer:
    """A customer of whom much is said."""
    customer = await house.customer(f"{MARK}@example.com")
    return await change(house, customer, name=f"{MARK} the Elder", shipping_address=vars_of(HOME))


def vars_of(address: Address) -> dict[str, str | None]:
    return {name: getattr(address, name) for name in Address.__dataclass_fields__}


async def orders_of_every_fate(house: House, customer: Customer) -> list[OrderId]:
    """Orders in every state, with words of every kind."""
    new_id, caller = house.backend.new_id, house.caller
    product = await house.product(stock=100)
    pending, cancelled, confirmed, shipped, returned = [await place(house, customer, product) for _ in range(5)]
    await house.answer(
        CancelOrderHandler(house.pay), CancelOrder(caller=caller, order_id=cancelled, reason=f"{MARK} died")
    )
    for order in (confirmed, shipped, returned):
        await house.confirm(order)
    for order in (shipped, returned):
        ship = ShipOrder(caller=caller, order_id=order, carrier="DHL", tracking_number=f"{MARK}-1")
        await house.answer(ShipOrderHandler(house.pay, new_id), ship)
    back = ReturnOrder(caller=caller, order_id=returned, reason=f"{MARK} is too big")
    await house.answer(ReturnOrderHandler(house.pay, new_id), back)
    every = [pending, cancelled, confirmed, shipped, returned]
    for order in every:
        await note(house, order)
    return every


async def tables_that_know(house: House) -> set[str]:
    return {table for table, rows in (await house.everything()).items() if MARK.lower() in repr(rows).lower()}


async def test_no_row_of_any_table_knows_who_it_was(house: House, people: People, known: Customer) -> None:
    orders = await orders_of_every_fate(house, known)
    member = await people.add(Role.CUSTOMER, email=f"{MARK}@login.example.com", customer=known.id)
    await people.log_in(member.email, user_agent=f"{MARK}'s browser")
    assert await tables_that_know(house) == {
        *("customers", "orders", "shipments", "order_returns", "events", "members", "sessions")
    }
    await erase(house, known)
    assert await tables_that_know(house) == set()
    assert len(await house.rows("orders")) == len(orders), "and its orders are still there"


async def test_what_is_about_to_leave_does_not_say_whose_it_was(house: House, known: Customer) -> None:
    """The money for the parcel is still under way when its customer is erased."""
    order = await place(house, known, await house.product(stock=9))
    till = Till(house, order, "pm_timeout_charged")
    with pytest.raises(PaymentOutcomeUnknown):
        await till.do("confirm")
    assert await till.reconcile()
    with pytest.raises(PaymentOutcomeUnknown):
        await till.do("ship", tracking_number=f"{MARK}-1")
    assert "payment_operations" in await tables_that_know(house)
    await erase(house, known)
    assert await tables_that_know(house) == set()
    assert await till.reconcile()
    assert [(parcel.carrier, parcel.tracking_number) for parcel in (await till.view()).shipments] == [(None, None)]


async def test_what_stands_there_afterwards(house: House, known: Customer) -> None:
    orders = await orders_of_every_fate(house, known)
    organization = house.caller.organization
    before = {order: await house.backend.orders.get(organization, order) for order in orders}
    house.backend.clock.advance(hours=1)
    erased = await erase(house, known, known.version)
    at = house.backend.clock.instant
    assert replace(erased, events=()) == Customer(
        id=known.id,
        email=f"erased-{known.id}@erased.invalid",
        name="erased",
        status=erased.status,
        shipping_address=None,
        created_at=known.created_at,
        updated_at=at,
        version=known.version + 1,
    )
    assert erased.status == "erased"
    assert (await house.backend.customers.get(organization, known.id)).email == erased.email
    blank = Address(name="erased", line1="erased", city="erased", postal_code="erased", country="BE")
    for order, was in before.items():
        now = await house.backend.orders.get(organization, order)
        assert (now.shipping_address, now.note) == (blank, None)
        assert [parcel.tracking_number for parcel in now.shipments] == [None] * len(was.shipments)
        assert (now.status, now.total, now.lines, now.number) == (was.status, was.total, was.lines, was.number)
        assert (now.version, now.updated_at) == (was.version + 1, at)


async def test_its_events_still_say_what_happened_but_not_to_whom(house: House, known: Customer) -> None:
    (order, *_) = await orders_of_every_fate(house, known)
    await erase(house, known)
    *earlier, last = [(row, whole(row["body"], row["personal"])) for row in await events_of(house, "order", order)]
    assert [row["type"] for row, _ in earlier] == ["order.placed", "order.noted"]
    assert [said["data"]["shippingAddress"] for _, said in earlier] == [None, None]
    assert earlier[1][1]["facts"]["text"] is None
    assert last[0]["type"] == "order.changed"
    assert (last[1]["data"]["shippingAddress"]["name"], last[1]["data"]["total"]) == ("erased", 2000)
    *_, erasure = await events_of(house, "customer", known.id)
    said = whole(erasure["body"], erasure["personal"])["data"]
    assert (said["status"], said["name"]) == ("erased", "erased")


async def test_who_is_erased_is_so_for_good(house: House, known: Customer) -> None:
    order = await place(house, known, await house.product(stock=5))
    await erase(house, known)
    ways: list[Callable[[], Awaitable[object]]] = [
        lambda: erase(house, known),
        lambda: house.suspend(known),
        lambda: house.reactivate(known),
        lambda: change(house, known, name="Back Again"),
    ]
    everything = await house.everything()
    for way in ways:
        with pytest.raises(IllegalTransition) as refused:
            await way()
        assert (refused.value.current, refused.value.allowed) == ("erased", ())
    assert await house.everything() == everything
    assert (await house.confirm(order)).state == "confirmed", "but its orders go on"


async def test_a_suspended_one_can_be_erased_and_a_stale_version_not(house: House, known: Customer) -> None:
    suspended = await house.suspend(known)
    with pytest.raises(StaleVersion):
        await erase(house, known, known.version)
    assert (await erase(house, known, suspended.version)).status == "erased"


async def test_nobody_orders_or_joins_for_the_erased(house: House, people: People, known: Customer) -> None:
    product = await house.product(stock=5)
    await erase(house, known)
    with pytest.raises(RulesBroken) as refused:
        await place(house, known, product)
    assert [violation.code for violation in refused.value.violations] == ["customer-not-found"]
    with pytest.raises(RulesBroken) as no_member:
        await people.add(Role.CUSTOMER, email="late@example.com", customer=known.id)
    assert [violation.code for violation in no_member.value.violations] == ["customer-not-found"]


async def test_its_mailbox_is_free_again(house: House, known: Customer) -> None:
    await erase(house, known)
    assert (await house.customer(known.email)).email == known.email


async def test_who_acted_for_it_is_out(house: House, people: People, known: Customer) -> None:
    one, two = [
        await people.add(Role.CUSTOMER, email=f"{name}@login.example.com", customer=known.id) for name in ("one", "two")
    ]
    entered = [await people.log_in(member.email) for member in (one, one, two)]
    await people.remove(two.id)
    await erase(house, known)
    for token in entered:
        with pytest.raises(InvalidToken):
            await people.refresh(token.refresh_token)
        with pytest.raises(InvalidToken):
            await believed_for_a_second(house, people.tokens.verify(token.access.token))
    with pytest.raises(InvalidCredentials):
        await people.log_in(one.email)
    for row in await house.rows("members"):
        if row["customer_id"] == known.id:
            assert (row["name"], row["email"]) == ("erased", f"erased-{row['id']}@erased.invalid")
            assert row["removed_at"] is not None


async def believed_for_a_second(house: House, bearer: Bearer) -> None:
    deadline = monotonic() + 1
    while monotonic() < deadline:
        house.backend.revocations.check(bearer)
        await asyncio.sleep(0.02)


async def test_nobody_else_is_touched(house: House, other_house: House, known: Customer) -> None:
    bystander = await house.customer("bystander@example.com")
    theirs = await place(house, bystander, await house.product(stock=5))
    before, elsewhere = await house.everything(), await other_house.everything()
    await erase(house, known)
    after = await house.everything()
    assert await other_house.everything() == elsewhere
    gone = {table: [row for row in rows if row not in after[table]] for table, rows in before.items()}
    changed = {row["id"] for row in gone.pop("customers")}
    events = gone.pop("events")
    assert changed == {known.id}
    assert {row["subject_id"] for row in events} == {known.id}
    assert all(not rows for rows in gone.values())
    assert (await house.backend.orders.get(house.caller.organization, theirs)).shipping_address == HOME


async def test_a_dry_run_erases_nothing(house: House, known: Customer) -> None:
    await orders_of_every_fate(house, known)
    before = await house.everything()
    assert (await erase(house.dry, known)).status == "erased"
    assert await house.everything() == before


async def test_under_a_key_it_is_erased_once_and_said_twice(house: House, known: Customer) -> None:
    command = EraseCustomer(caller=house.caller, customer_id=known.id)
    handler = EraseCustomerHandler(house.backend.begin)
    first, again = [await send(house, handler, command, claim("erase", known.id)) for _ in range(2)]
    assert (first.replayed, again.replayed) == (False, True)
    assert first.answer == again.answer
    assert MARK.encode() not in first.answer.body


async def test_more_orders_than_one_statement_takes(house: House, known: Customer) -> None:
    product = await house.product(stock=10_000)
    count = trials(1_000, 120)
    for _ in range(count // 20):
        await asyncio.gather(*(place(house, known, product) for _ in range(20)))
    await erase(house, known)
    assert await tables_that_know(house) == set()
    assert {row["version"] for row in await house.rows("orders")} == {2}


# Races: whatever was read before is not written afterwards


async def test_what_was_read_of_an_order_before_is_not_written_after(house: House, known: Customer) -> None:
    order = await place(house, known, await house.product(stock=5))
    async with house.begin() as work:
        read = await work.orders.get(order)
        work.orders.save(read.confirm(at=work.now(), payment_method="pm_ok"))
        await erase(house, known)
        with pytest.raises(Outdated):
            await work.commit(None)
    assert await tables_that_know(house) == set()


async def test_an_order_that_was_looked_up_before_is_not_placed_after(house: House, known: Customer) -> None:
    product = await house.product(stock=5)
    async with house.begin() as work:
        basket = await work.baskets.look(known.id, [product.id])
        draft = replace(house.draft(known, (product, 1)), shipping_address=HOME)
        work.orders.save(basket.place(draft, at=work.now()))
        await erase(house, known)
        with pytest.raises(Outdated):
            await work.commit(None)
    assert await tables_that_know(house) == set()


async def test_everything_at_once(house: House, people: People) -> None:
    """Orders are placed, changed, confirmed and noted, members join and log in, while their customer is erased."""
    product = await house.product(stock=100_000)
    for trial in range(trials(200, 4)):
        customer = await house.customer(f"{MARK}-{trial}@example.com")
        orders = [await place(house, customer, product) for _ in range(3)]
        member = await people.add(Role.CUSTOMER, email=f"{MARK}-{trial}@in.example.com", customer=customer.id)
        moved = ChangeOrder(
            caller=house.caller, order_id=orders[0], change={"shipping_address": {"line2": "2nd floor"}}
        )
        writers: list[Awaitable[object]] = [
            *(place(house, customer, product) for _ in range(3)),
            house.answer(ChangeOrderHandler(house.backend.begin), moved),
            house.confirm(orders[1]),
            house.cancel(orders[2]),
            people.log_in(member.email, user_agent=MARK),
            people.add(Role.CUSTOMER, email=f"{MARK}-{trial}@too.example.com", customer=customer.id),
            change(house, customer, name=MARK),
        ]
        after_all: list[BaseException | object] = await asyncio.gather(
            *writers[:5], erase(house, customer), *writers[5:], return_exceptions=True
        )
        bad = [one for one in after_all if isinstance(one, BaseException) and not isinstance(one, EXPECTED)]
        assert not bad, bad
        assert isinstance(after_all[5], Customer), after_all[5]
        assert await tables_that_know(house) == set()


EXPECTED: Final = (RulesBroken, IllegalTransition, InvalidCredentials)
