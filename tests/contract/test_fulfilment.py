"""Some units of an order ship, arrive and come back: kept as the domain said it, and raced for without losing one."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from application.ordering.order_view import OrderView
from domain.ids import LineId, OrderId, ProductId, ShipmentId
from domain.ordering.errors import ShipmentNotFound
from domain.ordering.order import Order
from domain.shared.errors import IllegalTransition, RulesBroken
from tests.contract.house import House
from tests.domain.units import Units
from tests.trials import trials


async def confirmed(house: House, *quantities: int) -> Order:
    """A confirmed order of so many units of so many products, of which there are 50 and each costs 1000."""
    products = [await house.product(stock=50) for _ in quantities]
    order = await house.place(await house.customer(), *zip(products, quantities, strict=True))
    return await house.confirm(order.id)


async def read(house: House, order: OrderId) -> OrderView:
    return await house.backend.orders.get(house.caller.organization, order)


async def counted(house: House, order: OrderId) -> list[tuple[int, int, int, int]]:
    lines = (await read(house, order)).lines
    return [(line.shipped, line.delivered, line.returned, line.recalled) for line in lines]


async def money(house: House, order: OrderId) -> tuple[int, int, int]:
    """Authorised, captured, refunded."""
    payment = (await read(house, order)).payment
    return (payment.authorized, payment.captured, payment.refunded) if payment else (0, 0, 0)


async def causes(house: House, product: ProductId, order: OrderId) -> list[tuple[str, int, int]]:
    rows = await house.rows("stock_ledger")
    own = [row for row in rows if (row["product_id"], row["reference"]) == (product, order)]
    return [(row["cause"], row["on_hand"], row["reserved"]) for row in sorted(own, key=lambda row: row["id"])]


async def test_what_an_action_answers_is_what_is_read_afterwards(house: House) -> None:
    order = await confirmed(house, 4, 2)
    one, two = (line.id for line in order.lines)
    steps: list[Callable[[Order], Awaitable[Order]]] = [
        lambda o: house.ship(o.id, {one: 1}),
        lambda o: house.deliver(o.id, o.shipments[0].id),
        lambda o: house.ship(o.id, {one: 1, two: 2}),
        lambda o: house.ship(o.id),
        lambda o: house.send_back(o.id, {one: 2, two: 1}, restock=False),
        lambda o: house.deliver(o.id, o.shipments[1].id),
        lambda o: house.send_back(o.id, {two: 1}),
        lambda o: house.send_back(o.id),
    ]
    seen = []
    for step in steps:
        house.backend.clock.advance(minutes=1)
        order = await step(order)
        assert OrderView.of(order) == await read(house, order.id)
        async with house.begin() as work:
            again = await work.orders.get(order.id)
        assert [getattr(again, part) for part in ("lines", "shipments", "returns", "state", "version")] == [
            getattr(order, part) for part in ("lines", "shipments", "returns", "state", "version")
        ]
        seen.append((str(order.state), *((li.shipped, li.delivered, li.returned, li.recalled) for li in order.lines)))
    assert seen == [
        ("confirmed", (1, 0, 0, 0), (0, 0, 0, 0)),
        ("confirmed", (1, 1, 0, 0), (0, 0, 0, 0)),
        ("confirmed", (2, 1, 0, 0), (2, 0, 0, 0)),
        ("shipped", (4, 1, 0, 0), (2, 0, 0, 0)),
        ("shipped", (4, 1, 2, 1), (2, 0, 1, 1)),
        ("shipped", (4, 2, 2, 1), (2, 1, 1, 1)),
        ("shipped", (4, 2, 2, 1), (2, 1, 2, 1)),
        ("returned", (4, 2, 4, 2), (2, 1, 2, 1)),
    ]
    parcels = [shipment.delivered_at is not None for shipment in order.shipments]
    assert parcels == [True, True, False]


async def test_events_say_what_left_what_arrived_and_what_came_back(house: House) -> None:
    """What arrived is said by the event, since a parcel may lack what turned back; that it did is nobody's business."""
    order = await house.ship((await confirmed(house, 3)).id)
    [line], [parcel] = order.lines, order.shipments
    order = await house.send_back(order.id, {line.id: 1})
    await house.deliver(order.id)
    rows = [row for row in await house.rows("events") if row["subject_id"] == order.id]
    bodies = [json.loads(row["body"]) for row in sorted(rows, key=lambda row: row["sequence"])]
    bodies = [body for body in bodies[2:] if body["type"].startswith("order.")]
    assert [(body["type"], body["facts"]) for body in bodies] == [
        ("order.shipped", {"shipmentId": str(parcel.id)}),
        ("order.returned", {"returnId": str(order.returns[0].id)}),
        (
            "order.delivered",
            {"shipmentIds": [str(parcel.id)], "lines": [{"lineId": str(line.id), "quantity": 2}]},
        ),
    ]
    counted = [[body["data"]["lines"][0][name] for name in ("shipped", "delivered", "returned")] for body in bodies]
    assert counted == [[3, 0, 0], [3, 0, 1], [3, 2, 1]]
    assert bodies[1]["data"]["returns"][0]["lines"] == [{"lineId": str(line.id), "quantity": 1, "restock": True}]
    assert not any("recalled" in row["body"] for row in rows)


async def test_stock_moves_by_what_ships_and_by_what_can_be_sold_again(house: House) -> None:
    order = await confirmed(house, 5)
    [line] = order.lines
    product = line.product_id
    assert await house.counters(product) == (50, 5)
    await house.ship(order.id, {line.id: 2})
    assert await house.counters(product) == (48, 3)
    await house.ship(order.id)
    assert await house.counters(product) == (45, 0)
    await house.send_back(order.id, {line.id: 1}, restock=False)
    assert await house.counters(product) == (45, 0)
    back = await house.send_back(order.id, {line.id: 3})
    assert await house.counters(product) == (48, 0)
    assert await causes(house, product, order.id) == [
        ("reserved", 0, 5),
        ("shipped", -2, -2),
        ("shipped", -3, -3),
        ("returned", 3, 0),
    ]
    assert [(ret.lines[0].quantity, ret.lines[0].restock) for ret in back.returns] == [(1, False), (3, True)]


async def test_what_is_refused_changes_nothing(house: House) -> None:
    order = await confirmed(house, 3, 1)
    one, two = (line.id for line in order.lines)
    await house.ship(order.id, {one: 2})
    before = await house.everything()
    with pytest.raises(RulesBroken) as refused:
        await house.ship(order.id, {one: 2, two: 2})
    assert [violation.pointer for violation in refused.value.violations] == ["/lines/0/quantity", "/lines/1/quantity"]
    with pytest.raises(RulesBroken, match="no line"):
        await house.ship(order.id, {LineId(house.backend.new_id()): 1})
    with pytest.raises(ShipmentNotFound):
        await house.deliver(order.id, ShipmentId(house.backend.new_id()))
    for blocked in (house.cancel(order.id), house.send_back(order.id, {one: 1})):
        with pytest.raises(IllegalTransition):
            await blocked
    assert await house.everything() == before


async def test_a_shipment_of_another_order_is_not_found(house: House) -> None:
    mine, other = await confirmed(house, 1), await confirmed(house, 1)
    await house.ship(mine.id)
    other = await house.ship(other.id)
    with pytest.raises(ShipmentNotFound):
        await house.deliver(mine.id, other.shipments[0].id)


# At once


async def outcomes(attempts: list[Awaitable[object]]) -> Counter[str]:
    results = await asyncio.gather(*attempts, return_exceptions=True)
    return Counter(type(result).__name__ for result in results)


@pytest.mark.parametrize("trial", range(trials(100, 2)))
@pytest.mark.parametrize(("more", "word"), [(0, "IllegalTransition"), (1, "RulesBroken")])
async def test_the_last_units_ship_once(house: House, trial: int, more: int, word: str) -> None:
    """Two operators pack the same last units; whether there are others left decides what the slower one is told."""
    order = await confirmed(house, 4, *([1] * more))
    line = order.lines[0]
    await house.ship(order.id, {line.id: 2})
    assert await outcomes([house.ship(order.id, {line.id: 2}) for _ in range(2)]) == {"Order": 1, word: 1}
    assert (await counted(house, order.id))[0] == (4, 0, 0, 0)
    assert await house.counters(line.product_id) == (46, 0)


@pytest.mark.parametrize("trial", range(trials(100, 2)))
async def test_as_many_ship_as_there_are(house: House, trial: int) -> None:
    order = await confirmed(house, 10, 1)
    line = order.lines[0]
    assert await outcomes([house.insisting.ship(order.id, {line.id: 4}) for _ in range(5)]) == {
        "Order": 2,
        "RulesBroken": 3,
    }
    assert (await counted(house, order.id))[0] == (8, 0, 0, 0)


@pytest.mark.parametrize("trial", range(trials(100, 2)))
async def test_of_a_first_shipment_and_a_cancellation_one_wins(house: House, trial: int) -> None:
    order = await confirmed(house, 4)
    attempts = [house.insisting.ship(order.id, {order.lines[0].id: 1}), house.insisting.cancel(order.id)]
    random.shuffle(attempts)
    assert await outcomes([*attempts]) == {"Order": 1, "IllegalTransition": 1}
    status = (await read(house, order.id)).status
    assert await house.counters(order.lines[0].product_id) == {"confirmed": (49, 3), "cancelled": (50, 0)}[status]
    assert await money(house, order.id) == {"confirmed": (4000, 4000, 0), "cancelled": (4000, 0, 0)}[status]


@pytest.mark.parametrize("trial", range(trials(100, 2)))
async def test_a_parcel_arrives_once_for_however_many_say_so(house: House, trial: int) -> None:
    order = await house.ship((await confirmed(house, 3)).id)
    [parcel] = order.shipments
    seen = await outcomes([house.deliver(order.id, parcel.id) for _ in range(4)])
    assert seen == {"Order": 1, "IllegalTransition": 3}
    assert await counted(house, order.id) == [(3, 3, 0, 0)]


@dataclass
class Attempt:
    """What somebody tries, and what the model does where it was done."""

    go: Callable[[], Awaitable[Order]]
    told: Callable[[Units], None]


@pytest.mark.parametrize("trial", range(trials(200, 4)))
async def test_whatever_is_done_at_once_is_as_if_done_in_some_order(house: House, trial: int) -> None:
    """Ship, deliver and return at the same time: played again in the order of the versions, the model agrees. Money
    that is taken takes two versions more, as it begins and when it has come; money that is given back one, when it is.
    """
    chance = random.Random(trial)
    order = await confirmed(house, 6, 4)
    line_ids = [line.id for line in order.lines]
    units = Units.of({0: 6, 1: 4})
    units.decided = "confirmed"
    version, captured, refunded = order.version, 0, 0
    for _ in range(5):
        shipments = (await read(house, order.id)).shipments
        attempts = [attempt(house.insisting, order.id, line_ids, [s.id for s in shipments], chance) for _ in range(5)]
        results = await asyncio.gather(*(one.go() for one in attempts), return_exceptions=True)
        assert all(isinstance(result, (Order, IllegalTransition, RulesBroken)) for result in results), results
        done = [(result, one) for result, one in zip(results, attempts, strict=True) if isinstance(result, Order)]
        for result, one in sorted(done, key=lambda pair: pair[0].version):
            one.told(units)
            assert result.payment is not None
            version += 1 + 2 * (result.payment.captured > captured) + (result.payment.refunded > refunded)
            captured, refunded = result.payment.captured, result.payment.refunded
            assert (result.version, result.state) == (version, units.state)
    after = await read(house, order.id)
    assert after.version == version > order.version
    assert after.status == units.state
    heaps = [(units.house[n], units.way[n], units.customer[n], units.back[n]) for n in (0, 1)]
    assert heaps == [
        (
            li.quantity - li.shipped,
            li.shipped - li.delivered - li.recalled,
            li.delivered - li.returned + li.recalled,
            li.returned,
        )
        for li in after.lines
    ]
    for n, line in enumerate(after.lines):
        assert await house.counters(line.product_id) == (50 - units.gone[n], units.held[n])
    taken = any(line.shipped for line in after.lines)
    assert await money(house, order.id) == (10_000, 10_000 * taken, 1000 * units.back.total())


def attempt(
    house: House, order: OrderId, lines: list[LineId], parcels: list[ShipmentId], chance: random.Random
) -> Attempt:
    """Something that somebody could try; some of it is more than there is, or has been done."""
    wanted = {n: chance.randint(1, 3) for n in chance.sample((0, 1), k=chance.randint(1, 2))}
    asked: Mapping[LineId, int] = {lines[n]: quantity for n, quantity in wanted.items()}
    heap: Counter[int] = Counter(wanted)
    verbs: list[Any] = ["ship", "ship", "return", "lose", *(range(len(parcels)))]
    match chance.choice(verbs):
        case "ship":
            return Attempt(lambda: house.ship(order, asked), lambda units: units.ship(heap))
        case "return":
            return Attempt(lambda: house.send_back(order, asked), lambda units: units.send_back(heap, Counter()))
        case "lose":
            return Attempt(
                lambda: house.send_back(order, asked, restock=False), lambda units: units.send_back(heap, heap)
            )
        case parcel:
            return Attempt(lambda: house.deliver(order, parcels[parcel]), lambda units: units.deliver(parcel))
