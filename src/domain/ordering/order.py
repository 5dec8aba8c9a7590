"""An order: what was bought, at which prices, and how far it has come."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self, TypedDict, Unpack

from domain.address import Address, AddressChange, changed_address
from domain.erasure import erased_address
from domain.ids import CustomerId, NoteId, OrderId, ProductId, ReturnId, ShipmentId
from domain.ordering.errors import PaymentInProgress, ShipmentNotFound
from domain.ordering.events import (
    OrderCancelled,
    OrderChanged,
    OrderConfirmed,
    OrderDelivered,
    OrderEvent,
    OrderExpired,
    OrderNoted,
    OrderReturned,
    OrderShipped,
)
from domain.ordering.guards import ALREADY_DELIVERED, CHANGE, NOT_DUE, NOTHING_ON_THE_WAY, blocks, check, refusal
from domain.ordering.lifecycle import LIFECYCLE, Action, State
from domain.ordering.line import Line
from domain.ordering.number import OrderNumber
from domain.ordering.parcels import Return, ReturnLine, Shipment, ShipmentLine, arriving
from domain.ordering.payment import Operation, Payment
from domain.ordering.progress import Progress, delivery, sending_back, shipping
from domain.ordering.refunds import refund_of
from domain.ordering.remaining import Asked, check_remaining
from domain.shared.errors import IllegalTransition
from domain.shared.money import Currency, Money, total
from domain.stock import Cause, Move


class CancelledBy(StrEnum):
    CUSTOMER = "customer"
    MEMBER = "member"
    EXPIRY = "expiry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    reason: str | None
    by: CancelledBy
    at: datetime


class OrderChange(TypedDict, total=False):
    """What an order says from now on; what is left out stays as it is, a note None is none."""

    shipping_address: AddressChange
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it is, and the `events` that made it so since it was read.

    Every change adds 1 to `version`. So does every event, but for what is only noted; the changes without one are the
    `untold` of its payments. Of the payments the last may be alive, the others are dead.
    """

    id: OrderId
    number: OrderNumber
    external_reference: str | None
    customer_id: CustomerId
    state: State
    currency: Currency
    lines: tuple[Line, ...]
    shipping_address: Address
    note: str | None
    shipments: tuple[Shipment, ...] = ()
    cancellation: Cancellation | None = None
    returns: tuple[Return, ...] = ()
    payments: tuple[Payment, ...] = ()
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int = 1
    events: tuple[OrderEvent, ...] = ()

    @property
    def total(self) -> Money:
        return total((line.line_total for line in self.lines), self.currency)

    @property
    def progress(self) -> Progress:
        return Progress.of(self.lines)

    @property
    def payment(self) -> Payment | None:
        """The last one."""
        return self.payments[-1] if self.payments else None

    @property
    def under_way(self) -> Operation | None:
        """What was asked of the gateway, and has not been settled."""
        return self.payment.open if self.payment else None

    @property
    def refunded(self) -> int:
        """Minor units that the customer has back."""
        return sum(payment.refunded for payment in self.payments)

    def change(self, *, at: datetime, **said: Unpack[OrderChange]) -> Self:
        """Send it somewhere else, or note something else. What it says already changes nothing: no version, no event.

        Raises: IllegalTransition, once something of it has shipped, and when it is cancelled.
        """
        self._check(CHANGE)
        facts: dict[str, Any] = {**said}
        if "shipping_address" in said:
            address = changed_address(self.shipping_address, said["shipping_address"], pointer="/shippingAddress")
            facts["shipping_address"] = address
        return self if replace(self, **facts) == self else self._with(OrderChanged(order_id=self.id, at=at), **facts)

    def confirm(self, *, at: datetime, payment_method: str) -> Self:
        """Raises: PaymentInProgress, IllegalTransition (as does every action)."""
        self._check("confirm")
        return self._move(Action.CONFIRM, OrderConfirmed(order_id=self.id, payment_method=payment_method, at=at))

    def cancel(self, *, at: datetime, by: CancelledBy, reason: str | None) -> Self:
        """Give all reserved stock back. The customer can do so only while the order is pending."""
        self._check("cancel", for_customer=by is CancelledBy.CUSTOMER)
        event = OrderCancelled(order_id=self.id, reason=reason, moves=self._released(), at=at)
        return self._move(Action.CANCEL, event, cancellation=Cancellation(reason=reason, by=by, at=at))

    def expire(self, *, at: datetime) -> Self:
        """Cancel what nobody confirmed in time: all reserved stock goes back. Not before it is due, and not while
        somebody is paying.
        """
        if self.under_way:
            raise PaymentInProgress
        if self.state is State.PENDING and at < self.expires_at:
            raise refusal(self.state, self.progress, Action.EXPIRE, NOT_DUE)
        event = OrderExpired(order_id=self.id, moves=self._released(), at=at)
        cancellation = Cancellation(reason=None, by=CancelledBy.EXPIRY, at=at)
        return self._move(Action.EXPIRE, event, cancellation=cancellation)

    def ship(
        self,
        id: ShipmentId,
        *,
        at: datetime,
        carrier: str | None,
        tracking_number: str | None,
        lines: tuple[ShipmentLine, ...] | None = None,
    ) -> Self:
        """Send these units, or all that are left: they leave the warehouse and the reservation alike.

        Raises: RulesBroken, when that is more than is left (but IllegalTransition first).
        """
        self._check("ship")
        left = {line.id: line.to_ship for line in self.lines}
        if lines is None:
            lines = tuple(ShipmentLine(line_id=line, quantity=quantity) for line, quantity in left.items() if quantity)
        check_remaining(lines, left)
        after = self._counted(Line.ship, lines)
        leaving = tuple(
            Move(product=self._product(u), cause=Cause.SHIPPED, on_hand=-u.quantity, reserved=-u.quantity)
            for u in lines
        )
        parcel = Shipment(id=id, carrier=carrier, tracking_number=tracking_number, lines=lines, shipped_at=at)
        event = OrderShipped(order_id=self.id, shipment_id=id, moves=leaving, at=at)
        return self._move(shipping(Progress.of(after)), event, lines=after, shipments=(*self.shipments, parcel))

    def deliver(self, *, at: datetime, shipment_id: ShipmentId | None = None) -> Self:
        """This shipment has arrived, or everything that is on the way.

        Raises: ShipmentNotFound; IllegalTransition, when the shipment has arrived already, or all of it turned back.
        """
        parcels = self.shipments if shipment_id is None else (self._shipment(shipment_id),)
        self._check("deliver")
        arrival = arriving(parcels, {line.id: line.on_the_way for line in self.lines})
        if not arrival.lines:
            block = ALREADY_DELIVERED if all(parcel.delivered_at for parcel in parcels) else NOTHING_ON_THE_WAY
            raise refusal(self.state, self.progress, "deliver", block)
        ids, units = arrival.shipment_ids, arrival.lines
        after = self._counted(Line.deliver, units)
        event = OrderDelivered(order_id=self.id, shipment_ids=ids, lines=units, at=at)
        shipments = tuple(replace(s, delivered_at=at) if s.id in ids else s for s in self.shipments)
        return self._move(delivery(Progress.of(after)), event, lines=after, shipments=shipments)

    def send_back(
        self, id: ReturnId, *, at: datetime, reason: str | None, lines: tuple[ReturnLine, ...] | None = None
    ) -> Self:
        """These units come back, or all that are still out; what is restocked can be sold again.

        Raises: RulesBroken, when that is more than are out (but IllegalTransition first).
        """
        self._check("return")
        out = {line.id: line.to_return for line in self.lines}
        if lines is None:
            lines = tuple(ReturnLine(line_id=line, quantity=n, restock=True) for line, n in out.items() if n)
        check_remaining(lines, out)
        after = self._counted(Line.send_back, lines)
        restocked = tuple(
            Move(product=self._product(u), cause=Cause.RETURNED, on_hand=u.quantity) for u in lines if u.restock
        )
        event = OrderReturned(order_id=self.id, return_id=id, moves=restocked, at=at)
        paid = Money(self.payment.captured if self.payment else 0, self.currency)
        back = Return(id=id, reason=reason, lines=lines, refund=refund_of(paid, self.lines, lines), at=at)
        action = sending_back(self.progress, Progress.of(after))
        return self._move(action, event, lines=after, returns=(*self.returns, back))

    def note_down(self, id: NoteId, text: str, *, at: datetime) -> Self:
        """Write something down beside it: an event, and no new version, since nothing of the order changes."""
        noted = OrderNoted(order_id=self.id, note_id=id, text=text, at=at)
        return replace(self, events=(*self.events, noted))

    def erase(self, *, at: datetime) -> Self:
        """Forget who bought it, where it went, and all that was written of it in free words. It stays what it is."""
        lost = self.cancellation
        return self._with(
            OrderChanged(order_id=self.id, at=at),
            shipping_address=erased_address(self.shipping_address),
            note=None,
            cancellation=lost and replace(lost, reason=None),
            shipments=tuple(replace(shipment, tracking_number=None) for shipment in self.shipments),
            returns=tuple(replace(back, reason=None) for back in self.returns),
            payments=tuple(payment.erase() for payment in self.payments),
        )

    def _released(self) -> tuple[Move, ...]:
        """Everything that it holds is free again."""
        return tuple(Move(product=li.product_id, cause=Cause.RELEASED, reserved=-li.quantity) for li in self.lines)

    def paid(self, payment: Payment, *, event: OrderEvent | None = None, at: datetime | None = None) -> Self:
        """Put the payment in the place of the last one, or beside it where it is a new one.

        With an `event`, it is a change that is told; with an instant `at` alone, one that is not; with neither, a part
        of a change that is told otherwise.
        """
        known = self.payment is not None and self.payment.id == payment.id
        if event is None and at is not None:
            payment = replace(payment, untold=payment.untold + 1)
        payments = (*(self.payments[:-1] if known else self.payments), payment)
        if event is not None:
            return self._with(event, payments=payments)
        if at is not None:
            return replace(self, payments=payments, updated_at=at, version=self.version + 1)
        return replace(self, payments=payments)

    def refusal_of(self, verb: str) -> IllegalTransition:
        """Return the refusal of a verb that is not possible."""
        return refusal(self.state, self.progress, verb, *blocks(self.state, self.progress, verb))

    def _check(self, verb: str, *, for_customer: bool = False) -> None:
        """Raises: PaymentInProgress, IllegalTransition."""
        if self.under_way and verb != CHANGE:
            raise PaymentInProgress
        check(self.state, self.progress, verb, for_customer=for_customer)

    def _counted(self, count: Callable[[Line, int], Line], units: Iterable[Asked]) -> tuple[Line, ...]:
        """Return the lines after these units of each have been counted."""
        by_line = {asked.line_id: asked.quantity for asked in units}
        return tuple(count(line, by_line[line.id]) if line.id in by_line else line for line in self.lines)

    def _product(self, units: Asked) -> ProductId:
        return next(line.product_id for line in self.lines if line.id == units.line_id)

    def _shipment(self, id: ShipmentId) -> Shipment:
        for shipment in self.shipments:
            if shipment.id == id:
                return shipment
        raise ShipmentNotFound(id)

    def _move(self, action: Action, event: OrderEvent, **facts: Any) -> Self:
        """The one place where a state is written.

        Raises: IllegalTransition.
        """
        return self._with(event, state=LIFECYCLE.step(self.state, action), **facts)

    def _with(self, event: OrderEvent, **facts: Any) -> Self:
        """With these facts, one version more, and the event that says why."""
        return replace(self, **facts, updated_at=event.at, version=self.version + 1, events=(*self.events, event))
