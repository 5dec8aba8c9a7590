"""Stock moves as changes: counters that add up and stay within bounds, and one ledger row a move; and those shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from adapters.records.changes import Bounds, Insert, Row, Touch
from adapters.records.stamp import Stamp
from application.catalogue.ports import StockMoveView
from domain.catalogue.product import AdjustmentReason
from domain.stock import MAX_STOCK, Cause, Move, summed

ORDER: Final = "order"
ADJUSTMENT: Final = "adjustment"

STOCK_BOUNDS: Final = Bounds(columns=("reserved", "on_hand"), most=MAX_STOCK)


def stock_touches(moves: Sequence[Move]) -> list[Touch]:
    """Return one touch a product, whatever the number of its moves."""
    return [
        Touch(
            table="products",
            key={"id": product},
            by={"on_hand": on_hand, "reserved": reserved},
            bounds=STOCK_BOUNDS,
        )
        for product, (on_hand, reserved) in summed(moves).items()
    ]


def ledger_inserts(
    moves: Sequence[Move],
    stamp: Stamp,
    *,
    reference: UUID,
    at: datetime,
    reference_to: str = ORDER,
    note: str | None = None,
) -> list[Insert]:
    """Return a row of the ledger for each move, because of an order or of an adjustment."""
    return [
        Insert(
            "stock_ledger",
            {
                "id": stamp.new_id(),
                "product_id": move.product,
                "cause": move.cause.value,
                "on_hand": move.on_hand,
                "reserved": move.reserved,
                "reference": reference,
                "reference_to": reference_to,
                "note": note,
                "actor": stamp.actor,
                "at": at,
            },
        )
        for move in moves
    ]


def move_view(row: Row) -> StockMoveView:
    """Return the read model that a row of the ledger says; an adjustment goes by its own id."""
    adjusted = row["reference_to"] == ADJUSTMENT
    return StockMoveView(
        **{name: row[name] for name in ("product_id", "on_hand", "reserved", "note", "actor", "at")},
        id=row["reference"] if adjusted else row["id"],
        cause=Cause(row["cause"]),
        change=row["on_hand"] if adjusted else None,
        reason=AdjustmentReason(row["cause"]) if adjusted else None,
        order_id=None if adjusted else row["reference"],
    )
