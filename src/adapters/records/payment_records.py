"""Payments of an order as rows, and what is asked of the gateway about them."""

import json
from typing import Final
from uuid import UUID

from adapters.records.changes import Row
from adapters.records.rows import Rows
from domain.ids import LineId, ShipmentId
from domain.ordering.order import Order
from domain.ordering.parcels import ShipmentLine
from domain.ordering.payment import Claimed, Operation, Outcome, Payment, PlannedShipment, Verb
from domain.ordering.payment_lifecycle import PaymentStatus

_SAME: Final = ("id", "method", "authorized", "captured", "refunded", "decline_code", "reference", "untold")
_SAME_OF_OPERATION: Final = ("amount", "decline_code", "holder", "lease_until")


def payment_rows(order: Order) -> list[Row]:
    return [
        {
            **{name: getattr(payment, name) for name in _SAME},
            "order_id": order.id,
            "position": position,
            "status": payment.status.value,
        }
        for position, payment in enumerate(order.payments)
    ]


def operation_rows(order: Order) -> list[Row]:
    return [
        {
            **{name: getattr(operation, name) for name in _SAME_OF_OPERATION},
            "payment_id": payment.id,
            "position": operation.n,
            "order_id": order.id,
            "verb": operation.verb.value,
            "outcome": operation.outcome.value,
            "principal": operation.claimed.principal if operation.claimed else None,
            "key_hash": operation.claimed.key if operation.claimed else None,
            "fingerprint": operation.claimed.fingerprint if operation.claimed else None,
            "plan": _plan_to_json(operation.plan),
        }
        for payment in order.payments
        for operation in payment.operations
    ]


def payments_from(rows: Rows) -> tuple[Payment, ...]:
    return tuple(
        Payment(
            **{name: row[name] for name in _SAME},
            status=PaymentStatus(row["status"]),
            operations=tuple(_operation(own) for own in rows["payment_operations"] if own["payment_id"] == row["id"]),
        )
        for row in rows["payments"]
    )


def _operation(row: Row) -> Operation:
    return Operation(
        **{name: row[name] for name in _SAME_OF_OPERATION},
        n=row["position"],
        verb=Verb(row["verb"]),
        outcome=Outcome(row["outcome"]),
        claimed=_claimed(row),
        plan=_plan_from_json(row["plan"]),
    )


def _claimed(row: Row) -> Claimed | None:
    if row["principal"] is None:
        return None
    return Claimed(principal=row["principal"], key=row["key_hash"], fingerprint=row["fingerprint"])


def _plan_to_json(plan: PlannedShipment | None) -> str | None:
    if plan is None:
        return None
    facts = {
        "id": str(plan.id),
        "carrier": plan.carrier,
        "tracking_number": plan.tracking_number,
        "lines": [{"line_id": str(line.line_id), "quantity": line.quantity} for line in plan.lines],
    }
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def _plan_from_json(text: object) -> PlannedShipment | None:
    if text is None:
        return None
    facts = json.loads(str(text))
    return PlannedShipment(
        id=ShipmentId(UUID(facts["id"])),
        carrier=facts["carrier"],
        tracking_number=facts["tracking_number"],
        lines=tuple(
            ShipmentLine(line_id=LineId(UUID(line["line_id"])), quantity=line["quantity"]) for line in facts["lines"]
        ),
    )
