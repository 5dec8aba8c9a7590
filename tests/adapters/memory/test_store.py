"""What the memory store promises beyond the ports: whole rows and changes, nothing that changes in a reader's hand."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pytest

from adapters.memory import MemoryStore
from adapters.records.changes import Bounds, Changes, Insert, Touch
from application.shared.errors import Outdated
from domain.shared.errors import Taken

HOUSE: Final = UUID(int=0xA)
ONE, TWO, THREE = (UUID(int=n) for n in (1, 2, 3))
AT: Final = datetime(2026, 3, 1, tzinfo=UTC)


def organization(slug: str = "house") -> Insert:
    facts = {
        "name": "H",
        "slug": slug,
        "currency": "EUR",
        "sandbox": False,
        "owners": 1,
        "created_at": AT,
        "version": 1,
    }
    policy = {"max_items_per_order": 10, "minimum_order_value": 1000, "auto_cancel_after_hours": 24}
    return Insert("organizations", {**facts, **policy})


def product(id: UUID, sku: str, **more: object) -> Insert:
    facts = {
        "id": id,
        "sku": sku,
        "name": "N",
        "folded_name": "n",
        "unit_price": 1,
        "currency": "EUR",
        "status": "active",
    }
    life = {"on_hand": 0, "reserved": 0, "created_at": AT, "updated_at": AT, "version": 1}
    return Insert("products", {**facts, **life, **more})


def touch(id: UUID, **more: Any) -> Changes:
    return Changes.of([Touch(table="products", key={"id": id}, **more)])


def adding(*inserts: Insert) -> Changes:
    return Changes.of((), inserts)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.carry_out(HOUSE, adding(organization(), product(ONE, "ONE"), product(TWO, "TWO")))
    return store


def the(store: MemoryStore, id: UUID) -> Any:
    row = store.row(HOUSE, "products", id)
    assert row is not None
    return row


def test_rows_are_whole(store: MemoryStore) -> None:
    row = the(store, ONE)
    assert (row["organization_id"], row["events_count"], row["events_head"]) == (HOUSE, 0, b"")
    (house,) = store.rows(HOUSE, "organizations")
    assert (house["id"], house["clock_offset_seconds"]) == (HOUSE, 0)
    assert store.row(HOUSE, "organizations") == house


def test_a_row_in_a_readers_hand_does_not_change(store: MemoryStore) -> None:
    before, (listed, _) = the(store, ONE), store.rows(HOUSE, "products")
    store.carry_out(HOUSE, touch(ONE, set={"name": "Renamed"}))
    assert before["name"] == listed["name"] == "N"
    assert the(store, ONE)["name"] == "Renamed"


@pytest.mark.parametrize(
    ("insert", "sentence"),
    [
        (product(ONE, "OTHER"), "products_pkey"),
        (product(THREE, "THREE", colour="red"), "no column colour"),
        (product(THREE, "THREE", name=None), "name may not be null"),
        (Insert("products", {"id": THREE, "sku": "THREE"}), "created_at, currency"),
        (Insert("order_lines", {}), "may not be null"),
    ],
)
def test_what_only_a_bug_can_want_is_refused_by_name(store: MemoryStore, insert: Insert, sentence: str) -> None:
    before = store.rows(HOUSE, "products")
    with pytest.raises(RuntimeError, match=sentence):
        store.carry_out(HOUSE, touch(ONE, set={"name": "Renamed"}) + adding(product(UUID(int=9), "NINE"), insert))
    assert store.rows(HOUSE, "products") == before


def test_a_reference_must_lead_somewhere(store: MemoryStore) -> None:
    ledger = {"id": ONE, "product_id": THREE, "cause": "received", "on_hand": 1, "reserved": 0}
    ledger["reference_to"] = "adjustment"
    row = Insert("stock_ledger", {**ledger, "reference": ONE, "actor": "anonymous", "at": AT})
    with pytest.raises(RuntimeError, match="stock_ledger_product_fkey"):
        store.carry_out(HOUSE, adding(row))
    store.carry_out(HOUSE, adding(row, product(THREE, "THREE")))
    assert store.rows(HOUSE, "stock_ledger", product_id=THREE) == store.rows(HOUSE, "stock_ledger")
    with pytest.raises(RuntimeError, match="products_organization_fkey"):
        store.carry_out(UUID(int=0xB), adding(product(ONE, "ONE")))


def test_rows_are_found_by_what_they_refer_to_now(store: MemoryStore) -> None:
    customers = {"email": "e", "name": "n", "status": "active", "created_at": AT, "updated_at": AT, "version": 1}
    member = {"id": ONE, "email": "e", "mailbox": "e", "name": "n", "role": "customer", "password_hash": "x"}
    people = [Insert("customers", {"id": own, "mailbox": str(own), **customers}) for own in (ONE, TWO)]
    someone = Insert("members", {**member, "customer_id": ONE, "logins": 0, "created_at": AT, "version": 1})
    store.carry_out(HOUSE, adding(*people, someone))
    moving = Touch(table="members", key={"id": ONE}, set={"customer_id": TWO})
    store.carry_out(HOUSE, Changes.of([moving]))
    assert store.rows(HOUSE, "members", customer_id=ONE) == []
    assert len(store.rows(HOUSE, "members", customer_id=TWO)) == len(store.rows(HOUSE, "members")) == 1


def test_a_value_is_free_once_nobody_holds_it(store: MemoryStore) -> None:
    store.carry_out(HOUSE, touch(ONE, set={"sku": "MOVED"}))
    store.carry_out(HOUSE, adding(product(THREE, "ONE")))
    with pytest.raises(Taken):
        store.carry_out(HOUSE, touch(ONE, set={"sku": "ONE"}))
    assert the(store, ONE)["sku"] == "MOVED"


def test_what_was_archived_comes_back_only_to_a_free_sku(store: MemoryStore) -> None:
    store.carry_out(HOUSE, touch(ONE, set={"status": "archived"}))
    store.carry_out(HOUSE, adding(product(THREE, "ONE")))
    with pytest.raises(Taken):
        store.carry_out(HOUSE, touch(ONE, set={"status": "active"}))
    store.carry_out(HOUSE, touch(THREE, set={"status": "archived"}))
    store.carry_out(HOUSE, touch(ONE, set={"status": "active"}))
    assert store.holder("products_sku_key", HOUSE, "ONE") == the(store, ONE)


def test_two_new_rows_may_not_have_the_same_value_either(store: MemoryStore) -> None:
    with pytest.raises(Taken):
        store.carry_out(HOUSE, adding(product(THREE, "SAME"), product(UUID(int=4), "SAME")))
    with pytest.raises(RuntimeError, match="products_pkey"):
        store.carry_out(HOUSE, adding(product(THREE, "THREE"), product(THREE, "FOUR")))
    assert store.holder("products_sku_key", HOUSE, "SAME") is None


FITTING: Final = ((9, 0), (9, 9))
UNFITTING: Final = ((10, 0), (5, 6), (-1, 0), (5, -1))


@pytest.mark.parametrize(("on_hand", "reserved"), [*FITTING, *UNFITTING])
def test_counters_stay_within_their_bounds(store: MemoryStore, on_hand: int, reserved: int) -> None:
    changes = touch(
        ONE, by={"on_hand": on_hand, "reserved": reserved}, bounds=Bounds(columns=("reserved", "on_hand"), most=9)
    )
    if (on_hand, reserved) in FITTING:
        store.carry_out(HOUSE, changes)
        assert (the(store, ONE)["on_hand"], the(store, ONE)["reserved"]) == (on_hand, reserved)
    else:
        with pytest.raises(Outdated):
            store.carry_out(HOUSE, changes)


def test_a_guard_comes_before_a_clash(store: MemoryStore) -> None:
    """Who decided upon what no longer holds has nothing to be told about the outcome."""
    outdated = touch(ONE, seen={"version": 7}) + adding(product(THREE, "TWO"))
    with pytest.raises(Outdated):
        store.carry_out(HOUSE, outdated)


def test_what_is_not_there_is_outdated(store: MemoryStore) -> None:
    with pytest.raises(Outdated):
        store.carry_out(HOUSE, touch(THREE, seen={}))
    with pytest.raises(Outdated):
        store.carry_out(UUID(int=0xB), touch(ONE, seen={}))


def test_nothing_is_remembered_of_a_dry_run(store: MemoryStore) -> None:
    changes = touch(ONE, set={"sku": "MOVED"}) + adding(product(THREE, "THREE"))
    for _ in range(2):
        store.carry_out(HOUSE, changes, dry_run=True)
    assert store.row(HOUSE, "products", THREE) is None
    assert store.holder("products_sku_key", HOUSE, "MOVED") is None
    store.carry_out(HOUSE, changes)
    assert [row["sku"] for row in store.rows(HOUSE, "products")] == ["MOVED", "TWO", "THREE"]
