"""Stock follows from events: counters move with them, and each move is a row of the ledger with its cause."""

from dataclasses import replace

import pytest

from domain.catalogue.product import AdjustmentReason, Product
from domain.ids import AdjustmentId, ProductId, ShipmentId
from domain.shared.money import Currency, Money
from domain.stock import Cause, Move
from tests.contract.backend import Row
from tests.contract.house import House


async def ledger(house: House, product: ProductId) -> list[Row]:
    rows = [row for row in await house.rows("stock_ledger") if row["product_id"] == product]
    return sorted(rows, key=lambda row: row["id"])


async def test_every_move_has_a_row_with_its_cause(house: House) -> None:
    product = await house.product(stock=9)
    order = await house.place(await house.customer(), (product, 4))
    await house.confirm(order.id)
    await house.ship(order.id)
    await house.deliver(order.id)
    await house.send_back(order.id)
    rows = await ledger(house, product.id)
    assert [(row["cause"], row["on_hand"], row["reserved"]) for row in rows] == [
        ("received", 9, 0),
        ("reserved", 0, 4),
        ("shipped", -4, -4),
        ("returned", 4, 0),
    ]
    assert {row["reference"] for row in rows[1:]} == {order.id}
    assert {row["actor"] for row in rows} == {f"user:{house.caller.principal.id}"}


async def test_an_adjustment_is_referred_to_and_annotated(house: House) -> None:
    product = await house.product()
    house.backend.clock.advance(hours=1)
    adjustment = await house.adjust(product.id, 7)
    (row,) = await ledger(house, product.id)
    assert (row["reference"], row["note"], row["at"]) == (adjustment.id, "as counted", house.backend.clock.instant)


@pytest.mark.parametrize("confirmed", [False, True])
async def test_a_cancellation_gives_back_what_was_reserved(house: House, confirmed: bool) -> None:
    one, two = await house.product(stock=5), await house.product(stock=6)
    order = await house.place(await house.customer(), (one, 2), (two, 6))
    assert (await house.counters(one.id), await house.counters(two.id)) == ((5, 2), (6, 6))
    if confirmed:
        await house.confirm(order.id)
    await house.cancel(order.id)
    assert (await house.counters(one.id), await house.counters(two.id)) == ((5, 0), (6, 0))
    assert [row["cause"] for row in await ledger(house, two.id)] == ["received", "reserved", "released"]


async def test_two_moves_of_one_product_in_one_event_are_summed(house: House) -> None:
    """A store that updates the row once for each move may lose one of them."""
    customer, product, other = await house.customer(), await house.product(stock=9), await house.product(stock=9)
    async with house.begin() as work:
        basket = await work.baskets.look(customer.id, [product.id, other.id])
        order = basket.place(house.draft(customer, (product, 5), (other, 1)), at=work.now())
        two, three = (Move(product=product.id, cause=Cause.RESERVED, reserved=n) for n in (2, 3))
        moves = (two, Move(product=other.id, cause=Cause.RESERVED, reserved=1), three)
        work.orders.save(replace(order, events=(replace(order.events[0], moves=moves),)))
        await work.commit(None)
    assert (await house.counters(product.id), await house.counters(other.id)) == ((9, 5), (9, 1))
    assert [row["reserved"] for row in await ledger(house, product.id)] == [0, 2, 3]


async def test_moves_of_several_things_in_one_commit_are_summed(house: House) -> None:
    """Two orders of one product are shipped and more of it arrives, all at once: one row, three sources."""
    customer, product = await house.customer(), await house.product(stock=9)
    orders = [await house.place(customer, (product, quantity)) for quantity in (4, 5)]
    for order in orders:
        await house.confirm(order.id)
    async with house.begin() as work:
        read = [await work.orders.get(order.id) for order in orders]
        more = adjusted(await work.products.get(product.id), 2, house)
        for order in read:
            own = ShipmentId(house.backend.new_id())
            work.orders.save(order.ship(own, at=work.now(), carrier=None, tracking_number=None))
        work.products.save(more)
        await work.commit(None)
    assert await house.counters(product.id) == (2, 0)


async def test_what_nets_to_nothing_is_still_written_down(house: House) -> None:
    """Received and lost in one commit: the counters stand where they stood, the ledger says why."""
    product = await house.product(stock=4)
    async with house.begin() as work:
        read = await work.products.get(product.id)
        work.products.save(adjusted(adjusted(read, 3, house), -3, house))
        await work.commit(None)
    assert await house.counters(product.id) == (4, 0)
    assert [row["on_hand"] for row in await ledger(house, product.id)] == [4, 3, -3]


async def test_a_product_may_begin_with_stock(house: House) -> None:
    async with house.begin() as work:
        await work.look()
        price = Money(100, Currency("EUR"))
        product = Product.create(
            ProductId(house.backend.new_id()), sku="NEW", name="New", unit_price=price, at=work.now()
        )
        work.products.save(adjusted(product, 8, house))
        await work.commit(None)
    assert await house.counters(product.id) == (8, 0)
    assert [row["cause"] for row in await ledger(house, product.id)] == ["correction"]


async def test_stock_moves_without_the_products_version(house: House) -> None:
    product = await house.product(stock=5)
    await house.place(await house.customer(), (product, 2))
    view = await house.backend.products.get(house.caller.organization, product.id)
    assert (view.version, view.updated_at) == (1, product.updated_at)


def adjusted(product: Product, change: int, house: House) -> Product:
    own, at = AdjustmentId(house.backend.new_id()), house.backend.clock.now()
    return product.adjust(own, change=change, reason=AdjustmentReason.CORRECTION, note=None, at=at)
