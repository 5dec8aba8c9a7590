"""Orders as rows, and what an order's events change."""

from collections.abc import Sequence
from typing import Any, Final

from adapters.records.addresses import address_from_json, address_to_json
from adapters.records.answers import made_by
from adapters.records.chain import chained
from adapters.records.changes import Changes, Insert, Row, Touch
from adapters.records.payment_records import operation_rows, payment_rows, payments_from
from adapters.records.personal import whole
from adapters.records.rows import Rows, differences, inserts
from adapters.records.stamp import Stamp
from adapters.records.stock_records import ledger_inserts, stock_touches
from application.ordering.order_view import LineView, OrderView
from application.ordering.payment_view import PaymentView
from application.ordering.timeline import TimelineEntry
from domain.ordering.lifecycle import State
from domain.ordering.line import Line
from domain.ordering.order import Cancellation, CancelledBy, Order
from domain.ordering.parcels import Return, ReturnLine, Shipment, ShipmentLine
from domain.shared.money import Money

PARTS: Final = (
    "order_lines",
    "shipments",
    "shipment_lines",
    "order_returns",
    "return_lines",
    "payments",
    "payment_operations",
)
"""The tables of an order's parts, parents first; each names its order and its place among the order's parts."""

COUNTERS: Final = ("shipped", "delivered", "returned", "recalled")
"""What becomes of the units of a line. They are written together, whichever of them has changed: so the touched lines
of an order are alike, and their rows are locked in one order (see `adapters.postgres.shapes.grouped`)."""

PLAIN: Final = frozenset({"at", "order_id", "moves"})
"""What an order's event need not say again: the order afterwards and the ledger say it."""

_SAME: Final = (
    "id",
    "number",
    "external_reference",
    "customer_id",
    "currency",
    "note",
    "expires_at",
    "created_at",
    "updated_at",
    "version",
)
_SAME_OF_LINE: Final = ("id", "product_id", "sku", "name", "quantity", *COUNTERS)


def order_changes(order: Order, before: Order | None, stamp: Stamp) -> Changes:
    """Return what saving `order` means, given the order as it was read (None: it is new)."""
    moves = [move for event in order.events for move in event.moves]
    view = OrderView.of(order)
    events = [stamp.event(e, subject="order", subject_id=order.id, data=view, plain=PLAIN) for e in order.events]
    ledger = [
        insert
        for event in order.events
        for insert in ledger_inserts(event.moves, stamp, reference=order.id, at=event.at)
    ]
    if before is None:
        return Changes.of(stock_touches(moves), [*_founding(order, events, made_by(stamp.caller)), *ledger])
    changed = list(differences(order_rows(before), order_rows(order), together={"order_lines": COUNTERS}))
    root = Touch(table="orders", key={"id": order.id}, seen={"version": before.version}, events=tuple(events))
    return Changes.of(
        [root, *(change for change in changed if isinstance(change, Touch)), *stock_touches(moves)],
        [*(change for change in changed if isinstance(change, Insert)), *ledger],
    )


def order_rows(order: Order) -> Rows:
    """Return every row of an order, as it is."""
    cancelled = order.cancellation
    return {
        "orders": [
            {
                "id": order.id,
                "number": order.number,
                "external_reference": order.external_reference,
                "customer_id": order.customer_id,
                "status": order.state.value,
                "currency": order.currency,
                "total": order.total.amount,
                "shipping_address": address_to_json(order.shipping_address),
                "note": order.note,
                "cancelled_reason": cancelled.reason if cancelled else None,
                "cancelled_by": cancelled.by.value if cancelled else None,
                "cancelled_at": cancelled.at if cancelled else None,
                "expires_at": order.expires_at,
                "created_at": order.created_at,
                "updated_at": order.updated_at,
                "version": order.version,
            }
        ],
        "order_lines": [_line_row(order, line, position) for position, line in enumerate(order.lines)],
        "shipments": [
            {
                "id": shipment.id,
                "order_id": order.id,
                "position": position,
                "carrier": shipment.carrier,
                "tracking_number": shipment.tracking_number,
                "shipped_at": shipment.shipped_at,
                "delivered_at": shipment.delivered_at,
            }
            for position, shipment in enumerate(order.shipments)
        ],
        "shipment_lines": [
            {
                "shipment_id": shipment.id,
                "line_id": line.line_id,
                "order_id": order.id,
                "position": position,
                "quantity": line.quantity,
            }
            for shipment in order.shipments
            for position, line in enumerate(shipment.lines)
        ],
        "order_returns": [
            {
                "id": back.id,
                "order_id": order.id,
                "position": position,
                "reason": back.reason,
                "refund": back.refund,
                "at": back.at,
            }
            for position, back in enumerate(order.returns)
        ],
        "return_lines": [
            {
                "return_id": back.id,
                "line_id": line.line_id,
                "order_id": order.id,
                "position": position,
                "quantity": line.quantity,
                "restock": line.restock,
            }
            for back in order.returns
            for position, line in enumerate(back.lines)
        ],
        "payments": payment_rows(order),
        "payment_operations": operation_rows(order),
    }


def order_from(rows: Rows) -> Order:
    """Return the order that these rows say, parts in the order of their position, without events."""
    (row,) = rows["orders"]
    lines = tuple(
        Line(**_common_of_line(line), unit_price=Money(line["unit_price"], row["currency"]))
        for line in rows["order_lines"]
    )
    return Order(**_common(rows), state=State(row["status"]), lines=lines, payments=payments_from(rows))


def order_view(rows: Rows) -> OrderView:
    """Return the read model that these rows say."""
    (row,) = rows["orders"]
    lines = tuple(LineView(**_common_of_line(line), unit_price=line["unit_price"]) for line in rows["order_lines"])
    payment = PaymentView.last_of(payments_from(rows))
    return OrderView(**_common(rows), status=State(row["status"]), total=row["total"], lines=lines, payment=payment)


def timeline_entry(row: Row) -> TimelineEntry:
    """Return the read model that the row of an event says."""
    said = whole(row["body"], row["personal"])
    facts = {name: row[name] for name in ("id", "sequence", "type", "at", "actor")}
    return TimelineEntry(**facts, facts=said["facts"], data=said["data"])


def _common(rows: Rows) -> dict[str, Any]:
    """What an order and its read model call by the same name."""
    (row,) = rows["orders"]
    return {
        **{name: row[name] for name in _SAME},
        "shipping_address": address_from_json(row["shipping_address"]),
        "shipments": _shipments(rows),
        "cancellation": _cancellation(row),
        "returns": _returns(rows),
    }


def _common_of_line(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in _SAME_OF_LINE}


def _founding(order: Order, events: Sequence[Row], made: Row) -> list[Insert]:
    rows = order_rows(order)
    numbered, end = chained(events)
    (root,) = rows["orders"]
    return inserts({**rows, "orders": [{**root, **made, **end}], "events": numbered})


def _line_row(order: Order, line: Line, position: int) -> Row:
    return {
        "order_id": order.id,
        "id": line.id,
        "position": position,
        "product_id": line.product_id,
        "ordered_at": order.created_at,
        "sku": line.sku,
        "name": line.name,
        "unit_price": line.unit_price.amount,
        "quantity": line.quantity,
        **{name: getattr(line, name) for name in COUNTERS},
    }


def _shipments(rows: Rows) -> tuple[Shipment, ...]:
    return tuple(
        Shipment(
            id=row["id"],
            carrier=row["carrier"],
            tracking_number=row["tracking_number"],
            lines=tuple(
                ShipmentLine(line_id=line["line_id"], quantity=line["quantity"])
                for line in rows["shipment_lines"]
                if line["shipment_id"] == row["id"]
            ),
            shipped_at=row["shipped_at"],
            delivered_at=row["delivered_at"],
        )
        for row in rows["shipments"]
    )


def _returns(rows: Rows) -> tuple[Return, ...]:
    return tuple(
        Return(
            id=row["id"],
            reason=row["reason"],
            lines=tuple(
                ReturnLine(line_id=line["line_id"], quantity=line["quantity"], restock=line["restock"])
                for line in rows["return_lines"]
                if line["return_id"] == row["id"]
            ),
            refund=row["refund"],
            at=row["at"],
        )
        for row in rows["order_returns"]
    )


def _cancellation(row: Row) -> Cancellation | None:
    if row["cancelled_at"] is None:
        return None
    return Cancellation(reason=row["cancelled_reason"], by=CancelledBy(row["cancelled_by"]), at=row["cancelled_at"])
