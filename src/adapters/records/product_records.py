"""Products as rows, and what a product's events change."""

from typing import Final

from adapters.records.chain import chained
from adapters.records.changes import Changes, Row, Touch
from adapters.records.rows import Rows, differences, inserts
from adapters.records.stamp import Stamp
from adapters.records.stock_records import ADJUSTMENT, ledger_inserts, stock_touches
from application.catalogue.ports import ProductView
from domain.catalogue.events import ProductEvent, StockAdjusted
from domain.catalogue.product import Product, ProductStatus
from domain.shared.caseless import caseless
from domain.shared.money import Money
from domain.stock import Stock

COUNTERS: Final = ("on_hand", "reserved")
"""Columns that only stock moves change; never overwritten."""

PLAIN: Final = frozenset({"at", "product_id", "moves"})

FOLDED: Final = 200
"""Characters of a name by which it is found, so that none is too long for an index (PostgreSQL: 2704 bytes)."""

_LAST: Final = chr(0x10FFFF)
"""No character comes after it."""

_SAME: Final = ("id", "sku", "name", "unit_price", "currency", "created_at", "updated_at", "version")


def product_changes(product: Product, before: Product | None, stamp: Stamp) -> Changes:
    """Return what saving `product` means, given the product as it was read (None: it is new)."""
    moves = [move for event in product.events for move in event.moves]
    events = [
        stamp.event(e, subject="product", subject_id=product.id, data=_data(product, e), plain=PLAIN)
        for e in product.events
    ]
    ledger = [
        insert
        for event in product.events
        if isinstance(event, StockAdjusted)
        for insert in ledger_inserts(
            event.moves, stamp, reference=event.adjustment_id, reference_to=ADJUSTMENT, at=event.at, note=event.note
        )
    ]
    if before is None:
        numbered, end = chained(events)
        (row,) = product_rows(product)["products"]
        return Changes.of((), [*inserts({"products": [{**row, **end}], "events": numbered}), *ledger])
    changed = [c for c in differences(_catalogue_rows(before), _catalogue_rows(product)) if isinstance(c, Touch)]
    root = Touch(table="products", key={"id": product.id}, seen={"version": before.version}, events=tuple(events))
    return Changes.of([root, *changed, *stock_touches(moves)], ledger)


def product_rows(product: Product) -> Rows:
    return {
        "products": [
            {
                "id": product.id,
                "sku": product.sku,
                "name": product.name,
                "folded_name": folded(product.name),
                "unit_price": product.unit_price.amount,
                "currency": product.unit_price.currency,
                "status": product.status.value,
                "on_hand": product.stock.on_hand,
                "reserved": product.stock.reserved,
                "created_at": product.created_at,
                "updated_at": product.updated_at,
                "version": product.version,
            }
        ]
    }


def product_from(row: Row) -> Product:
    """Return the product that this row says, without events."""
    return Product(
        id=row["id"],
        sku=row["sku"],
        name=row["name"],
        unit_price=Money(row["unit_price"], row["currency"]),
        status=ProductStatus(row["status"]),
        stock=Stock(on_hand=row["on_hand"], reserved=row["reserved"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        version=row["version"],
    )


def product_view(row: Row) -> ProductView:
    """Return the read model that this row says."""
    stock = Stock(on_hand=row["on_hand"], reserved=row["reserved"])
    return ProductView(**{name: row[name] for name in _SAME}, status=ProductStatus(row["status"]), stock=stock)


def folded(name: str) -> str:
    """Return a name as it is searched."""
    return caseless(name)[:FOLDED]


def beginning_with(name: str) -> tuple[str, str]:
    """Return between which two texts, the first included, all folded names lie that begin with this one.

    Two comparisons, and not an operator for prefixes: PostgreSQL turns such a one into a range only where it knows the
    text when it plans, and these two reach the index of a plan that serves every text.
    """
    start = folded(name)
    return start, start.ljust(FOLDED + 1, _LAST)


def _catalogue_rows(product: Product) -> Rows:
    """What the catalogue says of a product, without the counters."""
    (row,) = product_rows(product)["products"]
    return {"products": [{name: value for name, value in row.items() if name not in COUNTERS}]}


def _data(product: Product, event: ProductEvent) -> object:
    """The resource afterwards; a moving count is no property of the product's catalogue entry, so it stays out."""
    if isinstance(event, StockAdjusted):
        return {"productId": product.id, "sku": product.sku, "adjustmentId": event.adjustment_id}
    return ProductView.of(product)
