"""What must be so of every product: its stock is what the ledger, the orders and the adjustments make it."""

from collections import Counter
from typing import Final

from adapters.records.changes import Row
from adapters.records.documents import document
from adapters.records.facts import HELD, LEDGER_SUMS, Facts, facts_of
from adapters.records.judging import Invariant, counted, last_told
from adapters.records.order_invariants import held
from adapters.records.product_records import product_view
from application.shared.invariants import Stated
from domain.catalogue.events import ProductChanged, StockAdjusted
from domain.stock import MAX_STOCK


def _counters(facts: Facts) -> tuple[Stated, Stated]:
    (sums,) = facts.rows[LEDGER_SUMS]
    return {name: sums[name] for name in ("on_hand", "reserved")}, {
        name: facts.root[name] for name in ("on_hand", "reserved")
    }


def _bounds(facts: Facts) -> tuple[Stated, Stated]:
    reserved, on_hand = facts.root["reserved"], facts.root["on_hand"]
    within = 0 <= reserved <= on_hand <= MAX_STOCK
    return "0 ≤ reserved ≤ on hand", "0 ≤ reserved ≤ on hand" if within else f"reserved={reserved} on hand={on_hand}"


def _reserved(facts: Facts) -> tuple[Stated, Stated]:
    expected = sum(held(row["status"], row["quantity"], row["shipped"]) for row in facts.rows[HELD])
    return expected, facts.root["reserved"]


def _adjustments(facts: Facts) -> tuple[Stated, Stated]:
    """The ledger's rows of adjustments, beside what events tell of them."""
    events = Counter(_told(event) for event in facts.events if event["type"] == StockAdjusted.type)
    return counted(events, Counter(map(_moved, facts.rows["stock_ledger"])))


def _told(event: Row) -> str:
    said = facts_of(event)
    change, reason, note = said.get("change"), said.get("reason"), said.get("note")
    return _adjustment(said.get("adjustmentId"), change, 0, reason, note, event["actor"], document(event["at"]))


def _moved(row: Row) -> str:
    moved = (row["on_hand"], row["reserved"], row["cause"], row["note"])
    return _adjustment(row["reference"], *moved, row["actor"], document(row["at"]))


def _adjustment(id: object, *facts: object) -> str:
    on_hand, reserved, cause, note, actor, at = facts
    return f"{id}: on hand {on_hand}, reserved {reserved}, {cause}, by {actor}, at {at}, note {note!r}"


def _version(facts: Facts) -> tuple[Stated, Stated]:
    return sum(map(_changes, facts.events)), facts.root["version"]


def _as_told(facts: Facts) -> tuple[Stated, Stated]:
    """Stock moves without an event of the product."""
    shown = document(product_view(facts.root))
    assert isinstance(shown, dict)  # noqa: S101 - what a view is written as
    return last_told(facts.events, {name: value for name, value in shown.items() if name != "stock"}, _changes)


def _changes(event: Row) -> bool:
    return bool(event["type"] == ProductChanged.type)


_PRODUCT: Final = ("product",)

PRODUCTS: Final = (
    Invariant("stock-counters", _PRODUCT, "Its counters are the sums of its ledger.", _counters),
    Invariant("stock-bounds", _PRODUCT, "0 ≤ reserved ≤ on hand.", _bounds),
    Invariant("stock-held", _PRODUCT, "What is reserved is what open orders hold.", _reserved),
    Invariant("adjustments", _PRODUCT, "The ledger's adjustments are those that its events tell of.", _adjustments),
    Invariant("version", _PRODUCT, "The version counts what the catalogue said of it.", _version),
    Invariant("as-told", _PRODUCT, "The catalogue says what its last event tells.", _as_told),
)
