"""How often each use case waits for the server: two round trips to change something, one to read, no BEGIN."""

from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from typing import Any

import pytest

from adapters.postgres import (
    PostgresApiKeyBearers,
    PostgresCredentials,
    PostgresCustomerQueries,
    PostgresOrderProofs,
    PostgresOrderQueries,
    PostgresPolicyQueries,
    PostgresProductQueries,
    PostgresRevocations,
    TenantPool,
    erasing,
)
from adapters.system import new_id, new_number
from application.catalogue.ports import LATEST, ProductFilters
from application.customers.erase_customer import EraseCustomer, EraseCustomerHandler
from application.identity.authenticate import AuthenticateHandler
from application.ordering.change_policy import ChangePolicy, ChangePolicyHandler
from application.ordering.note_order import NoteOrder, NoteOrderHandler
from application.ordering.place_order import PlaceOrder, PlaceOrderHandler, WantedItem
from application.ordering.ports import OrderFilters
from application.ordering.quote_order import QuoteOrder, QuoteOrderHandler
from application.ordering.timeline import OLDEST
from application.shared.answering import Answering
from application.shared.claim import Answered
from application.shared.pages import PageRequest
from domain.ids import ProductId
from domain.ordering.lifecycle import State
from domain.ordering.order import Order
from domain.shared.errors import Refused
from tests.adapters.postgres.shop import HOME, OWNER, Shop, shuffled
from tests.adapters.postgres.wire import Wire
from tests.contract.backend import HandClock
from tests.contract.keys import SEALING, claim
from tests.people import OPAQUE
from tests.postgres import Database

WHOLE_LIFE = ("confirm", "ship", "deliver", "send_back")


@pytest.fixture(scope="module")
async def wire(database: Database) -> AsyncIterator[Wire]:
    async with Wire.to(database) as wire:
        yield wire


@pytest.fixture(scope="module")
async def busy(wire: Wire) -> AsyncIterator[tuple[Shop, list[ProductId]]]:
    """A shop with a single connection, which has done everything before: orders of one line, and of several."""
    one = TenantPool.to(wire.dsn, size=1)
    shop = await Shop.open(one)
    products = await shop.products(*[99_999] * 10)
    for _ in range(2):
        await everything(shop, products[:1])
        await everything(shop, products[:3])
    yield shop, products
    await one.close()


@pytest.fixture(autouse=True)
async def warm(busy: tuple[Shop, list[ProductId]]) -> None:
    """Whatever the last test did: the connection serves this shop."""
    await busy[0].list()


async def everything(shop: Shop, products: list[ProductId]) -> None:
    order = await shop.place(*((product, 1) for product in products))
    await shop.cancel(order)
    order = await shop.place(*((product, 1) for product in products))
    for verb in WHOLE_LIFE:
        order = await getattr(shop, verb)(order)
    await shop.get(order.id)
    await shop.list()
    await shop.register()
    await shop.adjust(await shop.create(), 5)


async def trips(wire: Wire, use_case: Awaitable[Any]) -> int:
    before = wire.trips
    await use_case
    return wire.trips - before


@pytest.mark.parametrize("lines", [1, 3, 10])
async def test_placing_an_order_takes_two_round_trips_whatever_the_number_of_lines(
    busy: tuple[Shop, list[ProductId]], wire: Wire, lines: int
) -> None:
    shop, products = busy
    assert await trips(wire, shop.place(*((product, 2) for product in products[:lines]))) == 2


@pytest.mark.parametrize("lines", [1, 3])
async def test_every_action_on_an_order_takes_two_round_trips_and_two_more_where_money_moves(
    busy: tuple[Shop, list[ProductId]], wire: Wire, lines: int
) -> None:
    shop, products = busy

    async def placed() -> Order:
        return await shop.place(*((product, 1) for product in products[:lines]))

    order = await placed()
    taken = {verb: await trips(wire, getattr(shop, verb)(order)) for verb in WHOLE_LIFE}
    taken["cancel"] = await trips(wire, shop.cancel(await placed()))
    taken["cancel what is paid"] = await trips(wire, shop.cancel(await shop.confirm(await placed())))
    paying = {"confirm", "ship", "send_back", "cancel what is paid"}
    assert taken == {**dict.fromkeys(paying, 4), "deliver": 2, "cancel": 2}


async def test_every_action_on_some_units_takes_two_round_trips(busy: tuple[Shop, list[ProductId]], wire: Wire) -> None:
    shop, products = busy
    order = await shop.confirm(await shop.place(*((product, 4) for product in products[:3])))
    order = await shop.ship(order, 1, 2)
    taken = [
        await trips(wire, shop.ship(order, 1)),  # the money has come with the first units
        await trips(wire, shop.ship(order, 0, 1, 2)),
        await trips(wire, shop.deliver(order, order.shipments[0].id)),
        await trips(wire, shop.ship(order)),
        await trips(wire, shop.send_back(order, 1, 3, 1)),
        await trips(wire, shop.deliver(order)),
        await trips(wire, shop.send_back(order, 1)),
    ]
    assert taken == [2, 2, 2, 2, 4, 2, 4], "with two of them money is given back"


async def test_creating_a_product_adjusting_it_and_registering_a_customer_take_two_each(
    busy: tuple[Shop, list[ProductId]], wire: Wire
) -> None:
    shop, products = busy
    assert await trips(wire, shop.create()) == 2
    assert await trips(wire, shop.adjust(products[0], 3)) == 2
    assert await trips(wire, shop.register()) == 2


async def test_a_key_costs_no_round_trip_and_a_replay_takes_one(busy: tuple[Shop, list[ProductId]], wire: Wire) -> None:
    shop, _ = busy
    (scarce,) = await shop.products(10)

    def place(key: str, quantity: int = 1) -> Awaitable[Answered]:
        command = PlaceOrder(
            caller=shop.caller,
            customer_id=shop.customer,
            items=(WantedItem(scarce, quantity),),
            shipping_address=HOME,
        )
        handler = PlaceOrderHandler(shop.begin, new_id, new_number)
        return Answering(handler, shop.begin, SEALING).once(command, claim(key, quantity))

    for key in ("warm", "warm"):
        await place(key)
        await place(f"{key} refused", 999)
    assert await trips(wire, place("one")) == 2
    assert await trips(wire, place("one")) == 1
    assert await trips(wire, place("refused", 999)) == 2
    assert await trips(wire, place("refused", 999)) == 1


async def test_reading_takes_one(busy: tuple[Shop, list[ProductId]], wire: Wire) -> None:
    shop, products = busy
    order = await shop.place((products[0], 1))
    orders_shown = PostgresOrderQueries(shop.pool)
    products_shown, customers_shown = PostgresProductQueries(shop.pool), PostgresCustomerQueries(shop.pool)
    reads = {
        "get order": lambda: shop.get(order.id),
        "prove order": lambda: PostgresOrderProofs(shop.pool).of(shop.organization, order.id),
        "list orders": shop.list,
        "filtered": lambda: shop.list(OrderFilters(statuses=frozenset({State.PENDING}), customer_id=shop.customer)),
        "get product": lambda: products_shown.get(shop.organization, products[0]),
        "list products": lambda: products_shown.page(shop.organization, ProductFilters(), PageRequest()),
        "ledger": lambda: products_shown.moves(shop.organization, products[0], PageRequest(sort=LATEST)),
        "timeline": lambda: orders_shown.timeline(shop.organization, order.id, PageRequest(sort=OLDEST), notes=False),
        "get customer": lambda: customers_shown.get(shop.organization, shop.customer),
        "list customers": lambda: customers_shown.page(shop.organization, PageRequest()),
    }
    for read in reads.values():
        await read()
    assert {name: await trips(wire, read()) for name, read in reads.items()} == dict.fromkeys(reads, 1)


async def test_a_quote_takes_one_and_the_policy_one_to_read_and_two_to_change(
    busy: tuple[Shop, list[ProductId]], wire: Wire
) -> None:
    shop, products = busy
    quoting, policies = QuoteOrderHandler(shop.begin, new_id, new_number), PostgresPolicyQueries(shop.pool)
    wish = PlaceOrder(
        caller=shop.caller,
        customer_id=shop.customer,
        items=tuple(WantedItem(product, 1) for product in products[:3]),
        shipping_address=HOME,
    )

    def change(hours: int) -> Awaitable[Any]:
        command = ChangePolicy(caller=shop.caller, change={"auto_cancel_after_hours": hours})
        return ChangePolicyHandler(shop.begin)(command)

    for hours in (25, 24):
        await quoting(QuoteOrder(wish=wish))
        await policies.get(shop.organization)
        await change(hours)
    assert await trips(wire, quoting(QuoteOrder(wish=wish))) == 1
    assert await trips(wire, policies.get(shop.organization)) == 1
    assert await trips(wire, change(25)) == 2
    assert await trips(wire, change(25)) == 1, "it is so already"


async def test_a_dry_run_takes_two_more_for_its_transaction(busy: tuple[Shop, list[ProductId]], wire: Wire) -> None:
    """BEGIN, the very statement, ROLLBACK: which are not sent together, since the statement has parameters."""
    shop, products = busy
    order = await shop.place((products[0], 1))
    trying = shop.trying()
    for _ in range(2):
        await trying.place((products[0], 1))
        await trying.confirm(order)
    known = len(wire.prepared)
    assert await trips(wire, trying.place((products[0], 1))) == 4
    assert await trips(wire, trying.confirm(order)) == 4
    assert wire.prepared[known:] == []


async def test_another_organization_costs_one_round_trip_more_and_only_the_first_time(
    busy: tuple[Shop, list[ProductId]], pool: TenantPool, wire: Wire
) -> None:
    shop, products = busy
    other = await Shop.open(pool)
    (theirs,) = await other.products(99)
    other = other.through(shop.pool)
    assert await trips(wire, other.place((theirs, 1))) == 3
    assert await trips(wire, other.place((theirs, 1))) == 2
    assert await trips(wire, shop.place((products[0], 1))) == 3
    assert await trips(wire, other.list()) == 2
    assert await trips(wire, other.list()) == 1


async def test_a_login_finds_and_reads_its_member_in_three(
    busy: tuple[Shop, list[ProductId]], pool: TenantPool, wire: Wire
) -> None:
    shop, _ = busy
    other = await Shop.open(pool)
    credentials = PostgresCredentials(shop.pool)
    await credentials.find(shop.slug, "owner@example.com")
    assert await trips(wire, credentials.find(other.slug, "owner@example.com")) == 3


async def test_sessions_take_two_round_trips(busy: tuple[Shop, list[ProductId]], wire: Wire) -> None:
    """Reuse and its refusal, too; what is refused without a change takes one. A login first asks whose slug it is."""
    people = busy[0].people
    await whole_identity(busy[0])
    taken = {}
    first = await people.log_in(OWNER)
    second = await people.refresh(first.refresh_token)
    third = await people.refresh(second.refresh_token)
    elsewhere = await people.log_in(OWNER)
    verbs: dict[str, tuple[int, Awaitable[Any]]] = {
        "refresh": (2, people.refresh(third.refresh_token)),
        "the same again": (2, people.refresh(third.refresh_token)),
        "reuse": (2, refused(people.refresh(first.refresh_token))),
        "reuse of what is over": (1, refused(people.refresh(first.refresh_token))),
        "logout": (2, people.log_out(elsewhere.refresh_token)),
        "logout again": (1, people.log_out(elsewhere.refresh_token)),
        "a token of nobody's": (0, refused(people.refresh("rt1.nobody"))),
        "login": (LOG_IN, people.log_in(OWNER)),
        "wrong password": (LOG_IN - 2, refused(people.log_in(OWNER, "not at all"))),
        "logout everywhere": (2, people.log_out_everywhere(people.owner)),
    }
    for name, (_, verb) in verbs.items():
        taken[name] = await trips(wire, verb)
    assert taken == {name: count for name, (count, _) in verbs.items()}


LOG_IN = 4
"""Whose slug it is, whose password; then look and commit. One more where the connection served others last."""


async def whole_identity(shop: Shop) -> None:
    """Everything that the next tests do, once, so that every statement is prepared."""
    people = shop.people
    first = await people.log_in(OWNER)
    third = await people.refresh((await people.refresh(first.refresh_token)).refresh_token)
    await people.refresh(third.refresh_token)
    await refused(people.refresh(first.refresh_token))
    await people.log_out((await people.log_in(OWNER)).refresh_token)
    await people.log_in(OWNER)
    await people.log_out_everywhere(people.owner)
    await people.revoke_key((await people.create_key()).shown.id)


async def refused(use_case: Awaitable[Any]) -> None:
    with pytest.raises(Refused):
        await use_case


async def test_who_comes_with_an_access_token_takes_none_and_with_a_key_one_a_minute(
    busy: tuple[Shop, list[ProductId]], wire: Wire, database: Database
) -> None:
    shop, clock = busy[0], HandClock()
    people, products_shown = shop.people, PostgresProductQueries(shop.pool)
    revocations = PostgresRevocations.of(database.dsn)  # past the wire: what it asks is no request's
    await revocations.start()
    door = AuthenticateHandler(people.tokens, OPAQUE, PostgresApiKeyBearers(shop.pool, clock), revocations)
    access, key = (await people.log_in(OWNER)).access.token, (await people.create_key()).key

    async def get(token: str) -> None:
        bearer = await door(token)
        await products_shown.page(bearer.organization, ProductFilters(), PageRequest())

    for token in (access, key):
        await get(token)
    assert [await trips(wire, get(token)) for token in (access, access, key, key)] == [1] * 4
    clock.advance(seconds=59)
    assert await trips(wire, get(key)) == 1
    clock.advance(seconds=1)
    assert await trips(wire, get(key)) == 2
    assert await trips(wire, get(key)) == 1
    await revocations.stop()


async def test_no_use_case_opens_a_transaction(busy: tuple[Shop, list[ProductId]], wire: Wire) -> None:
    shop, products = busy
    wire.sent.clear()
    await everything(shop, products[:4])
    spoken = " ".join(wire.sent).upper()
    assert "BEGIN" not in spoken
    assert "COMMIT" not in spoken
    assert "ROLLBACK" not in spoken


async def test_orders_of_two_to_ten_lines_share_one_statement(busy: tuple[Shop, list[ProductId]], wire: Wire) -> None:
    shop, products = busy
    known = len(wire.prepared)
    for lines in range(2, 11):
        await shop.place(
            *shuffled([(product, lines) for product in products[:lines]]), note="n", external_reference=f"{lines}"
        )
    assert wire.prepared[known:] == []


async def test_what_was_done_once_is_never_prepared_again(busy: tuple[Shop, list[ProductId]], wire: Wire) -> None:
    shop, products = busy
    assert len(wire.prepared) < 80
    known = len(wire.prepared)
    for lines in (1, 2, 5, 10):
        await everything(shop, products[:lines])
    assert wire.prepared[known:] == []
    assert len(set(wire.prepared)) == len(wire.prepared)


async def test_a_note_takes_two(busy: tuple[Shop, list[ProductId]], wire: Wire) -> None:
    shop, products = busy
    order = await shop.place((products[0], 1))

    def note() -> Awaitable[Any]:
        return NoteOrderHandler(shop.begin, new_id)(NoteOrder(caller=shop.caller, order_id=order.id, text="x"))

    await note()
    assert await trips(wire, note()) == 2


async def test_erasing_takes_a_transaction_and_three_more_for_each_slice_of_orders(
    busy: tuple[Shop, list[ProductId]], wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "SLICE", 2)
    shop, products = busy

    async def erase(orders: int) -> int:
        customer = await shop.register()
        buyer = replace(shop, customer=customer.id)
        for _ in range(orders):
            await buyer.place((products[0], 1))
        command = EraseCustomer(caller=shop.caller, customer_id=customer.id)
        return await trips(wire, EraseCustomerHandler(shop.begin)(command))

    for orders in (0, 1, 2):
        await erase(orders)
    none = await erase(0)
    assert none == 1 + len(["BEGIN", "lock", "write", "events", "orders", "members", "COMMIT"])
    assert [await erase(orders) for orders in (1, 2, 3, 4)] == [none + 3, none + 3, none + 6, none + 6]
