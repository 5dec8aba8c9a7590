"""Stock: counters that can be, adjustments up to their very edge, and moves that add up."""

import copy
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue.events import StockAdjusted
from domain.catalogue.product import AdjustmentReason, Product, ProductStatus
from domain.ids import AdjustmentId
from domain.shared.money import Money
from domain.stock import MAX_STOCK, Cause, InventoryInsufficient, Move, Shortage, Stock, summed
from tests.domain.examples import EUR, NOW, product
from tests.strategies import ids, products
from tests.trials import trials

some = settings(max_examples=trials(1_000, 25), deadline=None)
counts = st.integers(-MAX_STOCK, MAX_STOCK)
moves = st.builds(
    Move, product=st.integers(0, 3).map(product), cause=st.sampled_from(Cause), on_hand=counts, reserved=counts
)


def a_product(on_hand: int = 0, reserved: int = 0) -> Product:
    new = Product.create(product(1), sku="SKU-1", name="Product 1", unit_price=Money(1000, EUR), at=NOW)
    return replace(new, stock=Stock(on_hand=on_hand, reserved=reserved), events=())


def adjusted(there: Product, change: int, reason: AdjustmentReason = AdjustmentReason.CORRECTION) -> Product:
    return there.adjust(AdjustmentId(product(9)), change=change, reason=reason, note="counted", at=NOW)


@pytest.mark.parametrize(("on_hand", "reserved"), [(0, 0), (1, 0), (1, 1), (MAX_STOCK, MAX_STOCK), (MAX_STOCK, 0)])
def test_stock_holds_at_least_what_is_reserved(on_hand: int, reserved: int) -> None:
    assert Stock(on_hand=on_hand, reserved=reserved).available == on_hand - reserved


@pytest.mark.parametrize(("on_hand", "reserved"), [(0, 1), (-1, 0), (-1, -1), (5, -1), (5, 6), (MAX_STOCK + 1, 0)])
def test_counters_that_cannot_be_are_refused(on_hand: int, reserved: int) -> None:
    with pytest.raises(ValueError, match="stock cannot be"):
        Stock(on_hand=on_hand, reserved=reserved)


def test_the_largest_stock_is_a_32_bit_integer() -> None:
    assert MAX_STOCK == 2**31 - 1


def test_a_new_product_is_active_at_version_one_with_nothing_in_stock() -> None:
    new = Product.create(product(1), sku="SKU-1", name="Product 1", unit_price=Money(1000, EUR), at=NOW)
    assert (new.status, new.version, new.stock) == (ProductStatus.ACTIVE, 1, Stock(0, 0))
    assert (new.sku, new.name, new.unit_price) == ("SKU-1", "Product 1", Money(1000, EUR))
    assert [(event.type, event.product_id, event.at, event.moves) for event in new.events] == [
        ("product.changed", product(1), NOW, ())
    ]


def test_everything_that_no_order_holds_can_be_taken_off_the_shelf() -> None:
    assert adjusted(a_product(10, 4), -6).stock == Stock(on_hand=4, reserved=4)


def test_what_orders_hold_cannot_be_taken_off_the_shelf() -> None:
    with pytest.raises(InventoryInsufficient) as short:
        adjusted(a_product(10, 4), -7)
    assert list(short.value.shortages) == [Shortage(product(1), requested=7, available=6)]


def test_the_shelf_can_be_filled_to_the_last_place_and_no_further() -> None:
    assert adjusted(a_product(MAX_STOCK - 5), 5).stock.on_hand == MAX_STOCK
    with pytest.raises(InventoryInsufficient) as full:
        adjusted(a_product(MAX_STOCK - 5), 6)
    assert list(full.value.shortages) == [Shortage(product(1), requested=6, available=5)]


@pytest.mark.parametrize("reason", AdjustmentReason)
def test_an_adjustment_is_one_event_with_one_move_of_the_same_cause(reason: AdjustmentReason) -> None:
    there = adjusted(a_product(10, 4), -6, reason)
    [event] = there.events
    assert isinstance(event, StockAdjusted)
    assert (event.type, event.product_id, event.at) == ("stock.adjusted", product(1), NOW)
    assert (event.adjustment_id, event.change, event.reason, event.note) == (product(9), -6, reason, "counted")
    assert event.moves == (Move(product=product(1), cause=Cause(reason.value), on_hand=-6, reserved=0),)


@some
@given(products(), st.integers(-1_000_000, 1_000_000).filter(bool), ids(), st.sampled_from(AdjustmentReason))
def test_an_adjustment_moves_what_is_on_hand_and_nothing_else(
    there: Product, change: int, id: AdjustmentId, reason: AdjustmentReason
) -> None:
    before = copy.deepcopy(there)
    if there.stock.reserved <= there.stock.on_hand + change <= MAX_STOCK:
        after = there.adjust(id, change=change, reason=reason, note=None, at=NOW)
        assert after.stock == Stock(on_hand=there.stock.on_hand + change, reserved=there.stock.reserved)
        assert replace(after, stock=there.stock, events=there.events) == there
        assert len(after.events) == len(there.events) + 1
    else:
        with pytest.raises(InventoryInsufficient):
            there.adjust(id, change=change, reason=reason, note=None, at=NOW)
    assert there == before


def test_stock_moves_without_a_new_version() -> None:
    assert adjusted(a_product(10), 5).version == a_product(10).version


@some
@given(st.lists(moves, max_size=12))
def test_moves_are_summed_by_product_in_the_order_of_the_ids(some: list[Move]) -> None:
    on_hand: dict[object, int] = defaultdict(int)
    reserved: dict[object, int] = defaultdict(int)
    for move in some:
        on_hand[move.product] += move.on_hand
        reserved[move.product] += move.reserved
    sums = summed(some)
    assert sums == {one: (on_hand[one], reserved[one]) for one in on_hand}
    assert list(sums) == sorted(sums)


def test_an_adjustment_of_nothing_is_no_adjustment() -> None:
    with pytest.raises(ValueError, match="changes something"):
        adjusted(a_product(on_hand=5), 0)
