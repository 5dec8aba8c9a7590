"""Stock moves as changes: counters that add up and stay within bounds, and one ledger row a move."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from adapters.records.changes import Bounds, Insert, Touch
from adapters.records.stamp import Stamp
from domain.stock import MAX_STOCK, Move, summed

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
    moves: Sequence[Move], stamp: Stamp, *, reference: UUID, at: datetime, note: str | None = None
) -> list[Insert]:
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
                "note": note,
                "actor": stamp.actor,
                "at": at,
            },
        )
        for move in moves
    ]
