"""One answer to each key: whatever is sent twice happens once, and is told twice to the byte."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from adapters.opaque import AesGcmSealing
from adapters.records.answers import RETENTION
from application.catalogue.adjust_stock import AdjustStock, AdjustStockHandler
from application.catalogue.create_product import CreateProduct, CreateProductHandler
from application.identity.create_api_key import CreateApiKey, CreateApiKeyHandler
from application.ordering.confirm_order import ConfirmOrder
from application.ordering.place_order import PlaceOrder, PlaceOrderHandler
from application.shared.caller import Principal, PrincipalKind
from application.shared.claim import Answered, Claim
from application.shared.errors import AlreadyAnswered, KeyExpired, KeyInProgress, KeyReused, Outdated
from domain.catalogue.product import AdjustmentReason, Product
from domain.customers.customer import Customer
from domain.identity.roles import Role
from domain.ids import OrderId
from domain.ordering.errors import OrderNotFound
from domain.shared.errors import IllegalTransition, Refused, RulesBroken, StaleVersion, Taken
from domain.shared.money import Currency, Money
from domain.stock import InventoryInsufficient
from tests.contract.house import House
from tests.contract.keys import SEALING, claim, send
from tests.people import OPAQUE, Overtaken
from tests.trials import trials


@dataclass(frozen=True)
class Till:
    """Where one buys: a customer, and a product of which there are 10."""

    house: House
    customer: Customer
    product: Product

    def command(self, quantity: int = 2, **more: Any) -> PlaceOrder:
        return self.house.order_of(self.customer, (self.product, quantity), **more)

    async def place(self, key: Claim | None = None, command: PlaceOrder | None = None, **how: Any) -> Answered:
        return await send(self.house, self.house.placing, command or self.command(), key, **how)

    async def orders(self) -> int:
        return len(await self.house.rows("orders"))

    async def reserved(self) -> int:
        return (await self.house.counters(self.product.id))[1]


@pytest.fixture
async def shop(house: House) -> Till:
    return Till(house, await house.customer(), await house.product(stock=10))


# Finished


async def test_what_is_sent_again_is_answered_again_and_done_once(shop: Till) -> None:
    first = await shop.place()
    again = [await shop.place() for _ in range(3)]
    assert not first.replayed
    assert all(answer.replayed and answer.answer == first.answer for answer in again)
    assert (await shop.orders(), await shop.reserved()) == (1, 2)


async def test_every_kind_of_command_is_done_once(shop: Till) -> None:
    house, begin, new_id = shop.house, shop.house.backend.begin, shop.house.backend.new_id
    order = await house.place(shop.customer, (shop.product, 1))
    adjust = AdjustStock(
        caller=house.caller, product_id=shop.product.id, change=5, reason=AdjustmentReason.RECEIVED, note=None
    )
    create = CreateProduct(caller=house.caller, sku="ONCE", name="A", unit_price=Money(5, Currency("EUR")))
    confirm = ConfirmOrder(caller=house.caller, order_id=order.id, payment_method="pm_ok")
    commands: dict[str, tuple[Callable[[Any], Awaitable[Any]], Any]] = {
        "adjust": (AdjustStockHandler(begin, new_id), adjust),
        "create": (CreateProductHandler(begin, new_id), create),
        "confirm": (house.confirming, confirm),
    }
    for key, (use_case, command) in commands.items():
        first = await send(house, use_case, command, claim(key, key))
        again = await send(house, use_case, command, claim(key, key))
        assert (again.answer, again.replayed) == (first.answer, True), key
        assert first.answer.status == 201
    assert await house.counters(shop.product.id) == (15, 1)


async def test_a_key_with_another_request_is_refused_and_does_nothing(shop: Till) -> None:
    await shop.place(claim(asked="this"))
    before = await shop.house.everything()
    with pytest.raises(KeyReused):
        await shop.place(claim(asked="that"), shop.command(5))
    assert await shop.house.everything() == before


async def test_keys_of_another_principal_are_others(shop: Till) -> None:
    house = shop.house
    other = replace(house.caller, principal=Principal(PrincipalKind.API_KEY, id=house.backend.new_id(), role="admin"))
    same_id = replace(house.caller, principal=replace(house.caller.principal, kind=PrincipalKind.API_KEY))
    answers = [await shop.place(by=caller) for caller in (house.caller, other, same_id)]
    assert not any(answer.replayed for answer in answers)
    assert await shop.orders() == 3


async def test_keys_of_another_organization_are_others(shop: Till, other_house: House) -> None:
    """Even for one and the same principal."""
    theirs = Till(other_house, await other_house.customer(), await other_house.product(stock=10))
    same = replace(other_house.caller, principal=shop.house.caller.principal)
    first, second = await shop.place(), await theirs.place(by=same)
    assert not second.replayed
    assert first.answer != second.answer
    assert (await shop.orders(), await theirs.orders()) == (1, 1)
    assert (await theirs.place(by=same)).answer == second.answer


async def test_another_key_is_another_order(shop: Till) -> None:
    answers = [await shop.place(claim(key)) for key in ("one", "two")]
    assert not any(answer.replayed for answer in answers)
    assert await shop.orders() == 2


async def test_without_a_key_nothing_is_kept(shop: Till) -> None:
    for _ in range(2):
        await shop.house.place(shop.customer, (shop.product, 2))
    assert await shop.orders() == 2
    assert await shop.house.rows("idempotency_keys") == []
    assert {row["key_hash"] for row in await shop.house.rows("orders")} == {None}


async def test_a_rehearsal_keeps_nothing(shop: Till) -> None:
    before = await shop.house.everything()
    await shop.place(by=replace(shop.house.caller, dry_run=True))
    assert await shop.house.everything() == before
    assert not (await shop.place()).replayed


# A day later


async def test_after_a_day_what_was_placed_is_never_placed_again(shop: Till) -> None:
    await shop.place()
    (order,) = await shop.house.rows("orders")
    shop.house.backend.clock.advance(hours=24, seconds=-1)
    assert (await shop.place()).replayed
    shop.house.backend.clock.advance(seconds=1)
    for _ in range(2):
        with pytest.raises(KeyExpired) as expired:
            await shop.place()
        assert (expired.value.collection, expired.value.id) == ("orders", order["id"])
    assert await shop.orders() == 1


async def test_after_a_day_the_key_of_anything_else_is_a_new_one(shop: Till) -> None:
    house = shop.house
    adjust = AdjustStockHandler(house.backend.begin, house.backend.new_id)
    command = AdjustStock(
        caller=house.caller, product_id=shop.product.id, change=1, reason=AdjustmentReason.RECEIVED, note=None
    )
    first = await send(house, adjust, command)
    house.backend.clock.advance(seconds=RETENTION.total_seconds())
    second = await send(house, adjust, command)
    assert not second.replayed
    assert second.answer != first.answer
    assert (await send(house, adjust, command)).answer == second.answer
    assert await house.counters(shop.product.id) == (12, 0)
    assert len(await house.rows("idempotency_keys")) == 1


async def test_after_a_day_a_refusal_is_judged_anew(shop: Till) -> None:
    refused = await shop.place(command=shop.command(11))
    assert refused.answer.status == 409
    shop.house.backend.clock.advance(hours=24)
    await shop.house.adjust(shop.product.id, 5)
    placed = await shop.place(command=shop.command(11))
    assert (placed.answer.status, placed.replayed) == (201, False)


async def test_after_a_day_of_two_one_takes_the_key(shop: Till) -> None:
    """The row of the expired answer is still there, and both found it so."""
    house = shop.house
    create = CreateProductHandler(house.backend.begin, house.backend.new_id)
    command = CreateProduct(caller=house.caller, sku="1", name="A", unit_price=Money(5, Currency("EUR")))
    await send(house, create, command)
    house.backend.clock.advance(hours=25)
    commands = [replace(command, sku=str(number)) for number in range(2, 7)]
    answers = await asyncio.gather(*(send(house, create, one) for one in commands), return_exceptions=True)
    assert len({answer.answer.body for answer in answers if isinstance(answer, Answered)}) == 1
    assert all(isinstance(answer, Answered | KeyInProgress) for answer in answers)
    assert len([row for row in await house.rows("products") if row["sku"] in set("23456")]) == 1


# Refusals


async def test_final_refusals_are_answers_that_stay(shop: Till) -> None:
    """Even when, meanwhile, what was asked for has become possible."""
    house = shop.house
    order = await house.place(shop.customer, (shop.product, 1), external_reference="TAKEN")
    stale = ConfirmOrder(caller=house.caller, order_id=order.id, payment_method="pm_ok", expected_version=7)
    shipping = ConfirmOrder(caller=house.caller, order_id=order.id, payment_method="pm_ok")
    confirm = house.confirming
    refused: dict[type[Refused], tuple[Callable[[Any], Awaitable[Any]], Any]] = {
        InventoryInsufficient: (house.placing, shop.command(11)),
        Taken: (house.placing, shop.command(1, external_reference="TAKEN")),
        RulesBroken: (house.placing, house.order_of(shop.customer, (shop.product, 1), (shop.product, 1))),
        StaleVersion: (confirm, stale),
    }
    first = {kind: await send(house, *what, claim(kind.__name__)) for kind, what in refused.items()}
    await house.confirm(order.id)
    what = confirm, shipping
    refused[IllegalTransition] = what
    first[IllegalTransition] = await send(house, *what, claim("IllegalTransition"))
    await house.adjust(shop.product.id, 50)
    for kind, (use_case, command) in refused.items():
        again = await send(house, use_case, command, claim(kind.__name__))
        assert not first[kind].replayed
        assert (again.answer, again.replayed) == (first[kind].answer, True), kind
        assert kind.slug in first[kind].answer.body.decode()
        with pytest.raises(KeyReused):
            await send(house, use_case, command, claim(kind.__name__, "something else"))
    assert await shop.orders() == 1


async def test_a_refusal_writes_nothing_but_its_answer(shop: Till) -> None:
    before = await shop.house.everything()
    await shop.place(command=shop.command(11))
    after = await shop.house.everything()
    assert len(after.pop("idempotency_keys")) == 1
    assert before.pop("idempotency_keys") == []
    assert after == before


async def test_what_may_be_another_tomorrow_is_not_kept(shop: Till) -> None:
    house = shop.house
    confirm = house.confirming
    command = ConfirmOrder(caller=house.caller, order_id=OrderId(UUID(int=0)), payment_method="pm_ok")
    with pytest.raises(OrderNotFound):
        await send(house, confirm, command)
    assert await house.rows("idempotency_keys") == []
    order = await house.place(shop.customer, (shop.product, 1))
    assert (await send(house, confirm, replace(command, order_id=order.id))).answer.status == 201


async def test_a_bug_is_not_kept(shop: Till) -> None:
    async def stumble(_: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await send(shop.house, stumble, shop.command())
    assert not (await shop.place()).replayed


async def test_a_refusal_that_somebody_overtook_gives_way_to_his_answer(shop: Till) -> None:
    """He was allowed to; we were refused before he was: one key, one answer."""
    big = shop.command(11)

    async def somebody() -> None:
        await shop.house.adjust(shop.product.id, 5)
        await shop.place(command=big)

    answer = await shop.place(command=big, begin=Overtaken(shop.house.backend.begin, [somebody]))
    assert (answer.answer.status, answer.replayed) == (201, True)
    assert await shop.orders() == 1


# Races


async def test_of_two_that_both_looked_one_is_outdated_and_then_told(shop: Till) -> None:
    house, key = shop.house, claim()
    keyed = replace(house.caller, claim=key)
    async with house.backend.begin(keyed) as one, house.backend.begin(keyed) as two:
        drafts = []
        for work in (one, two):
            basket = await work.baskets.look(shop.customer.id, [shop.product.id])
            order = basket.place(house.draft(shop.customer, (shop.product, 2)), at=work.now())
            work.orders.save(order)
            drafts.append(order)
        await one.commit(drafts[0])
        with pytest.raises(Outdated):
            await two.commit(drafts[1])
    assert await shop.orders() == 1
    async with house.backend.begin(keyed) as late:
        with pytest.raises(AlreadyAnswered) as stored:
            await late.baskets.look(shop.customer.id, [shop.product.id])
    assert stored.value.answer == key.encode(drafts[0])
    assert stored.value.fingerprint == key.fingerprint


async def test_a_duplicate_that_comes_between_look_and_commit_is_the_one_that_counts(shop: Till) -> None:
    house, others = shop.house, []

    async def duplicate() -> None:
        others.append(await shop.place())

    placing = PlaceOrderHandler(Overtaken(house.backend.begin, [duplicate]), house.backend.new_id, house.number)
    late = await send(house, placing, shop.command())
    assert (late.answer, late.replayed) == (others[0].answer, True)
    assert not others[0].replayed
    assert await shop.orders() == 1


async def test_two_that_want_one_unique_value_under_one_key_are_one(house: House) -> None:
    """The slower one meets the value that its own twin has taken."""
    begin, new_id = house.backend.begin, house.backend.new_id
    command = CreateProduct(caller=house.caller, sku="TWIN", name="A", unit_price=Money(5, Currency("EUR")))

    async def twin() -> None:
        await send(house, CreateProductHandler(begin, new_id), command)

    late = await send(house, CreateProductHandler(Overtaken(house.backend.begin, [twin]), new_id), command)
    assert (late.answer.status, late.replayed) == (201, True)


async def test_an_answer_that_expired_between_look_and_commit_does_not_let_the_order_be_placed_again(
    shop: Till,
) -> None:
    """What the order itself remembers stands in the way, whatever has become of the answer."""
    house = shop.house

    async def duplicate() -> None:
        await shop.place()
        (row,) = await house.rows("idempotency_keys")
        key = {name: row[name] for name in ("principal", "key_hash")}
        await house.overwrite("idempotency_keys", key, expires_at=house.backend.clock.now())

    placing = PlaceOrderHandler(Overtaken(house.backend.begin, [duplicate]), house.backend.new_id, house.number)
    with pytest.raises(KeyExpired):
        await send(house, placing, shop.command())
    assert await shop.orders() == 1


async def test_five_duplicates_of_many_keys_are_one_order_each(house: House) -> None:
    keys, duplicates, at_once = trials(2000, 25), 5, 32
    customer, product = await house.customer(), await house.product(stock=2 * keys)
    counter = Till(house, customer, product)
    turns = asyncio.Semaphore(at_once)

    async def one(number: int) -> Answered | None:
        async with turns:
            try:
                return await counter.place(claim(f"key-{number}"))
            except KeyInProgress:
                return None

    sends = [number for number in range(keys) for _ in range(duplicates)]
    jumbled = sorted(sends, key=lambda number: (number // 8, random.random()))
    told: dict[int, Counter[bytes]] = {number: Counter() for number in range(keys)}
    new = 0
    for number, answered in zip(jumbled, await asyncio.gather(*map(one, jumbled)), strict=True):
        if answered is not None:
            told[number][answered.answer.body] += 1
            new += not answered.replayed
    assert all(len(bodies) == 1 for bodies in told.values())
    assert new == keys
    assert await counter.orders() == keys
    assert await counter.reserved() == 2 * keys


@pytest.mark.parametrize("trial", range(trials(50, 5)))
async def test_duplicates_of_what_is_refused_are_refused_alike(shop: Till, trial: int) -> None:
    async def one() -> Answered | None:
        try:
            return await shop.place(command=shop.command(11))
        except KeyInProgress:
            return None

    told = [answered.answer for answered in await asyncio.gather(*(one() for _ in range(6))) if answered]
    assert len({answer.body for answer in told}) == 1
    assert {answer.status for answer in told} == {409}


@pytest.mark.parametrize("trial", range(trials(50, 5)))
async def test_duplicates_that_race_with_the_last_units_agree(shop: Till, trial: int) -> None:
    """Somebody else buys what is left: whether the duplicates are served or refused, they all are."""

    async def one() -> Answered | None:
        try:
            return await shop.place(command=shop.command(6))
        except KeyInProgress:
            return None

    async def other() -> None:
        try:
            await shop.house.place(shop.customer, (shop.product, 6))
        except InventoryInsufficient:
            return

    results = await asyncio.gather(one(), one(), other(), one(), one())
    told = {answered.answer.body for answered in results if answered}
    assert len(told) == 1
    assert (await shop.orders(), await shop.reserved()) == (1, 6)


async def test_whoever_is_cut_off_can_ask_again(shop: Till) -> None:
    """Cancelled at any moment, an order is there with its answer, or neither is."""
    for number in range(trials(500, 30)):
        key = claim(f"cut-{number}")
        sending = asyncio.ensure_future(shop.place(key, shop.command(1)))
        for _ in range(random.randint(0, 12)):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await settled(lambda key=key: shop.place(key, shop.command(1)))
        await shop.house.adjust(shop.product.id, 1)
    assert await shop.orders() == trials(500, 30)


async def settled(send_again: Callable[[], Awaitable[Answered]]) -> Answered:
    """Send until the one that was cut off is no longer in progress."""
    async with asyncio.timeout(5):
        while True:
            try:
                return await send_again()
            except KeyInProgress:
                await asyncio.sleep(0.01)


# Secrets


async def test_an_answer_that_shows_a_secret_is_kept_sealed(house: House) -> None:
    create, command = creating(house)
    first = await send(house, create, command, claim(secret=True))
    again = await send(house, create, command, claim(secret=True))
    secret = first.answer.body
    assert b"ow_" in secret
    assert (again.answer, again.replayed) == (first.answer, True)
    (row,) = await house.rows("idempotency_keys")
    assert row["sealed"]
    for table, rows in (await house.everything()).items():
        assert all(secret not in repr(row).encode() for row in rows), table
    kept = bytes(row["body"])
    assert secret not in kept
    assert kept != SEALING.seal(secret, bound_to=b"")


async def test_a_secret_sealed_under_the_former_key_is_told_again_and_under_a_lost_one_is_not(house: House) -> None:
    create, command = creating(house)
    first = await send(house, create, command, claim(secret=True), sealing=AesGcmSealing([b"1" * 32]))
    rotated = AesGcmSealing([b"2" * 32, b"1" * 32])
    again = await send(house, create, command, claim(secret=True), sealing=rotated)
    assert again.answer == first.answer
    with pytest.raises(KeyExpired):
        await send(house, create, command, claim(secret=True), sealing=AesGcmSealing([b"2" * 32]))
    assert len(await house.rows("api_keys")) == 1


async def test_a_sealed_answer_opens_in_its_own_place_only(house: House) -> None:
    create, command = creating(house)
    for key in ("one", "two"):
        await send(house, create, command, claim(key, secret=True))
    one, two = await house.rows("idempotency_keys")
    key = {name: two[name] for name in ("principal", "key_hash")}
    await house.overwrite("idempotency_keys", key, body=one["body"])
    outcomes = []
    for name in ("one", "two"):
        try:
            outcomes.append((await send(house, create, command, claim(name, secret=True))).replayed)
        except KeyExpired:
            outcomes.append(False)
    assert sorted(outcomes) == [False, True]


def creating(house: House) -> tuple[CreateApiKeyHandler, CreateApiKey]:
    backend = house.backend
    handler = CreateApiKeyHandler(backend.begin, backend.new_id, backend.clock, OPAQUE)
    return handler, CreateApiKey(caller=house.caller, name="A Machine", role=Role.OPERATOR)
