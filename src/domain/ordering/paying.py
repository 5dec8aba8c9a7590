"""What is done with orders and what is done with money, in one: an action of an order opens the operation on its
payment that it needs, and what the gateway told settles both.

confirm authorises, the first shipment captures, cancelling voids, a return refunds. What takes money comes before what
it is taken for; what gives it back, after. An order without a payment (it costs nothing, or is older than payments are)
moves no money.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from domain.ids import PaymentId, ReturnId, ShipmentId
from domain.ordering.errors import PaymentFailed
from domain.ordering.events import PaymentCaptured, PaymentDeclined, PaymentRefunded
from domain.ordering.order import CancelledBy, Order
from domain.ordering.parcels import ReturnLine, ShipmentLine
from domain.ordering.payment import (
    Claimed,
    Declined,
    Mandate,
    Operation,
    Outcome,
    Payment,
    PlannedShipment,
    Succeeded,
    Told,
    Unknown,
    Verb,
)
from domain.ordering.payment_lifecycle import PaymentStatus
from domain.shared.errors import Refused

WHAT_FOR: Final[Mapping[Verb, str]] = {Verb.AUTHORIZE: "confirm", Verb.CAPTURE: "ship"}
"""What of an order the money is taken for."""


def confirm(order: Order, id: PaymentId, *, at: datetime, method: str, mandate: Mandate) -> Order:
    """Open the authorisation of the whole amount. What costs nothing is confirmed at once.

    Raises: PaymentInProgress, IllegalTransition.
    """
    confirmed = order.confirm(at=at, payment_method=method)
    if not order.total.amount:
        return confirmed
    return order.paid(Payment.of(id, method, order.total.amount, mandate), at=at)


def ship(
    order: Order,
    id: ShipmentId,
    *,
    at: datetime,
    carrier: str | None,
    tracking_number: str | None,
    lines: tuple[ShipmentLine, ...] | None,
    mandate: Mandate,
) -> Order:
    """Open the capture of all that is authorised, with the parcel that leaves then. Later parcels leave at once.

    Raises: PaymentInProgress, IllegalTransition, RulesBroken.
    """
    shipped = order.ship(id, at=at, carrier=carrier, tracking_number=tracking_number, lines=lines)
    payment = order.payment
    if payment is None or payment.status is not PaymentStatus.AUTHORIZED:
        return shipped
    parcel = shipped.shipments[-1]
    plan = PlannedShipment(id=id, carrier=carrier, tracking_number=tracking_number, lines=parcel.lines)
    return order.paid(payment.begin(Verb.CAPTURE, payment.authorized, mandate, plan), at=at)


def cancel(order: Order, *, at: datetime, by: CancelledBy, reason: str | None, mandate: Mandate) -> Order:
    """Cancel the order, and open the voiding of what is authorised. Raises: PaymentInProgress, IllegalTransition."""
    cancelled = order.cancel(at=at, by=by, reason=reason)
    payment = order.payment
    if payment is None or payment.status is not PaymentStatus.AUTHORIZED:
        return cancelled
    return cancelled.paid(payment.begin(Verb.VOID, payment.authorized, mandate))


def send_back(
    order: Order,
    id: ReturnId,
    *,
    at: datetime,
    reason: str | None,
    lines: tuple[ReturnLine, ...] | None,
    mandate: Mandate,
) -> Order:
    """Take the units back, and open the refund of what was paid for them.

    Raises: PaymentInProgress, IllegalTransition, RulesBroken.
    """
    back = order.send_back(id, at=at, reason=reason, lines=lines)
    refund = back.returns[-1].refund
    if order.payment is None or not refund:
        return back
    return back.paid(order.payment.begin(Verb.REFUND, refund, mandate))


def taken_over(order: Order, mandate: Mandate, *, at: datetime) -> Order:
    """Let another hold what is under way. Raises: ValueError, where nothing is."""
    return order.paid(_open(order)[0].take_over(mandate), at=at)


def settled(order: Order, told: Told, *, at: datetime, mandate: Mandate) -> Order:
    """Say what became of what is under way, and do what it was for.

    What cannot be done any more, though its money came, gives the money back; and what gives money back, and was
    declined, is opened anew. Raises: ValueError, where nothing is under way.
    """
    payment, operation = _open(order)
    mandate = replace(mandate, claimed=operation.claimed)
    match told:
        case Unknown():
            return order.paid(payment.lose(), at=at)
        case Declined(code):
            payment = payment.decline(code)
            if operation.verb.gives_back:
                return order.paid(payment.begin(operation.verb, operation.amount, mandate), at=at)
            event = PaymentDeclined(order_id=order.id, payment_id=payment.id, decline_code=code, at=at)
            return order.paid(payment, event=event)
        case Succeeded(reference):
            return _done(order, payment.succeed(reference), operation, at=at, mandate=mandate)


def _done(order: Order, payment: Payment, operation: Operation, *, at: datetime, mandate: Mandate) -> Order:
    match operation.verb:
        case Verb.AUTHORIZE:
            held = order.paid(payment)
            with suppress(Refused):
                return held.confirm(at=at, payment_method=payment.method)
            return order.paid(payment.begin(Verb.VOID, payment.authorized, mandate), at=at)
        case Verb.CAPTURE:
            event = PaymentCaptured(order_id=order.id, payment_id=payment.id, amount=operation.amount, at=at)
            taken = order.paid(payment, event=event)
            with suppress(Refused):
                return _shipped(taken, operation.plan, at=at)
            return taken.paid(payment.begin(Verb.REFUND, payment.left, mandate))
        case Verb.VOID:
            return order.paid(payment, at=at)
        case Verb.REFUND:
            refunded = PaymentRefunded(order_id=order.id, payment_id=payment.id, amount=operation.amount, at=at)
            return order.paid(payment, event=refunded)


def _shipped(order: Order, plan: PlannedShipment | None, *, at: datetime) -> Order:
    if plan is None:
        return order
    return order.ship(plan.id, at=at, carrier=plan.carrier, tracking_number=plan.tracking_number, lines=plan.lines)


@dataclass(frozen=True, slots=True)
class Deed:
    """What one request asked of the gateway: an operation, and where that came to nothing, what made up for it."""

    payment: Payment
    operations: tuple[Operation, ...]

    @property
    def last(self) -> Operation:
        return self.operations[-1]

    def refusal(self, order: Order) -> Refused | None:
        """Return what whoever asked for it is refused with, None where it was done. It is settled."""
        if self.last.outcome is Outcome.DECLINED:
            return PaymentFailed(self.last.decline_code or "")
        verb = WHAT_FOR.get(self.operations[0].verb)
        if verb is None or not self.last.verb.gives_back:
            return None
        return order.refusal_of(verb)


def deed_of(order: Order, *, holder: object = None, claimed: Claimed | None = None) -> Deed | None:
    """Return what was done for this holder, or under this key; None, where nothing was."""
    for payment in reversed(order.payments):
        own = tuple(
            operation
            for operation in payment.operations
            if operation.holder == holder or (claimed is not None and _same_key(operation.claimed, claimed))
        )
        if own:
            return Deed(payment, own)
    return None


def answered(order: Order, deed: Deed) -> Order:
    """Forget under which key a deed was asked for: its answer is kept there now, for as long as answers are."""
    own = {operation.n for operation in deed.operations}
    operations = tuple(replace(o, claimed=None) if o.n in own else o for o in deed.payment.operations)
    return order.paid(replace(deed.payment, operations=operations))


def _same_key(one: Claimed | None, other: Claimed) -> bool:
    return one is not None and (one.principal, one.key) == (other.principal, other.key)


def _open(order: Order) -> tuple[Payment, Operation]:
    if order.payment is None or order.payment.open is None:
        raise ValueError("no payment of this order is under way")
    return order.payment, order.payment.open
