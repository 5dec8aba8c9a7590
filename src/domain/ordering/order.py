"""An order: what was bought, at which prices, and how far it has come."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self, TypedDict, Unpack

from domain.address import Address, AddressChange, changed_address
from domain.ids import CustomerId, LineId, OrderId, ProductId, ReturnId, ShipmentId
from domain.ordering.events import (
    OrderCancelled,
    OrderChanged,
    OrderConfirmed,
    OrderDelivered,
    OrderEvent,
    OrderReturned,
    OrderShipped,
)
from domain.ordering.lifecycle import ALREADY_SHIPPED, CHANGEABLE, LIFECYCLE, NOT_FOR_CUSTOMERS, Action, State
from domain.ordering.number import OrderNumber
from domain.shared.errors import IllegalTransition
from domain.shared.money import Currency, Money, total
from domain.stock import Cause, Move


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One product of an order: a snapshot of what it was called and cost, and how many units are where.

    `shipped`, `delivered`, `returned` and `recalled` count units; `recalled` are those that came back without ever
    having arrived, so `shipped - delivered - recalled` are on the way.
    """

    id: LineId
    product_id: ProductId
    sku: str
    name: str
    unit_price: Money
    quantity: int
    shipped: int = 0
    delivered: int = 0
    returned: int = 0
    recalled: int = 0

    @property
    def line_total(self) -> Money:
        return self.unit_price * self.quantity

    def ship(self) -> Self:
        return replace(self, shipped=self.quantity)

    def deliver(self) -> Self:
        return replace(self, delivered=self.shipped - self.recalled)

    def send_back(self) -> Self:
        """Everything that was shipped comes back: what had arrived, and what is on the way."""
        return replace(self, returned=self.shipped, recalled=self.shipped - self.delivered)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentLine:
    line_id: LineId
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A parcel; `delivered_at` is None while it is on the way."""

    id: ShipmentId
    carrier: str | None
    tracking_number: str | None
    lines: tuple[ShipmentLine, ...]
    shipped_at: datetime
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """Units that came back; `restock` says whether they can be sold again."""

    line_id: LineId
    quantity: int
    restock: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Goods that came back, and what was refunded for them, in minor units."""

    id: ReturnId
    reason: str | None
    lines: tuple[ReturnLine, ...]
    refund: int
    at: datetime


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
    """An order as it is, and the `events` that made it so since it was read. Every change adds 1 to `version`."""

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
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int = 1
    events: tuple[OrderEvent, ...] = ()

    @property
    def total(self) -> Money:
        return total((line.line_total for line in self.lines), self.currency)

    def change(self, *, at: datetime, **said: Unpack[OrderChange]) -> Self:
        """Send it somewhere else, or note something else. What it says already changes nothing: no version, no event.

        Raises: IllegalTransition, once something of it has shipped, and when it is cancelled.
        """
        shipped = any(line.shipped for line in self.lines)
        if shipped or self.state not in CHANGEABLE:
            blocks = (ALREADY_SHIPPED,) if shipped else ()
            raise IllegalTransition(self.state, "change", LIFECYCLE.verbs(self.state), blocks)
        facts: dict[str, Any] = {**said}
        if "shipping_address" in said:
            address = changed_address(self.shipping_address, said["shipping_address"], pointer="/shippingAddress")
            facts["shipping_address"] = address
        return self if replace(self, **facts) == self else self._with(OrderChanged(order_id=self.id, at=at), **facts)

    def confirm(self, *, at: datetime, payment_method: str) -> Self:
        """Raises: IllegalTransition (as does every action)."""
        return self._move(Action.CONFIRM, OrderConfirmed(order_id=self.id, payment_method=payment_method, at=at))

    def cancel(self, *, at: datetime, by: CancelledBy, reason: str | None) -> Self:
        """Give all reserved stock back. The customer can do so only while the order is pending."""
        if by is CancelledBy.CUSTOMER and (block := NOT_FOR_CUSTOMERS.get((self.state, "cancel"))):
            raise LIFECYCLE.refusal(self.state, Action.CANCEL, block)
        released = tuple(Move(product=li.product_id, cause=Cause.RELEASED, reserved=-li.quantity) for li in self.lines)
        event = OrderCancelled(order_id=self.id, reason=reason, moves=released, at=at)
        cancelled = self._move(Action.CANCEL, event)
        return replace(cancelled, cancellation=Cancellation(reason=reason, by=by, at=at))

    def ship(self, id: ShipmentId, *, at: datetime, carrier: str | None, tracking_number: str | None) -> Self:
        """Send everything: the units leave the warehouse and the reservation alike."""
        leaving = tuple(
            Move(product=li.product_id, cause=Cause.SHIPPED, on_hand=-li.quantity, reserved=-li.quantity)
            for li in self.lines
        )
        shipped = self._move(Action.SHIP, OrderShipped(order_id=self.id, shipment_id=id, moves=leaving, at=at))
        parcel = Shipment(
            id=id,
            carrier=carrier,
            tracking_number=tracking_number,
            lines=tuple(ShipmentLine(line_id=line.id, quantity=line.quantity) for line in self.lines),
            shipped_at=at,
        )
        return replace(shipped, lines=tuple(li.ship() for li in self.lines), shipments=(*self.shipments, parcel))

    def deliver(self, *, at: datetime) -> Self:
        """Everything that is on the way has arrived."""
        open_ = tuple(shipment.id for shipment in self.shipments if shipment.delivered_at is None)
        delivered = self._move(Action.DELIVER, OrderDelivered(order_id=self.id, shipment_ids=open_, at=at))
        arrived = (s if s.delivered_at else replace(s, delivered_at=at) for s in self.shipments)
        return replace(delivered, lines=tuple(line.deliver() for line in self.lines), shipments=tuple(arrived))

    def send_back(self, id: ReturnId, *, at: datetime, reason: str | None) -> Self:
        """Everything comes back and can be sold again."""
        restocked = tuple(
            Move(product=line.product_id, cause=Cause.RETURNED, on_hand=line.quantity) for line in self.lines
        )
        returned = self._move(Action.RETURN, OrderReturned(order_id=self.id, return_id=id, moves=restocked, at=at))
        back = Return(
            id=id,
            reason=reason,
            lines=tuple(ReturnLine(line_id=line.id, quantity=line.quantity, restock=True) for line in self.lines),
            refund=0,
            at=at,
        )
        return replace(returned, lines=tuple(line.send_back() for line in self.lines), returns=(*self.returns, back))

    def _move(self, action: Action, event: OrderEvent) -> Self:
        """The one place where a state is written.

        Raises: IllegalTransition.
        """
        return self._with(event, state=LIFECYCLE.step(self.state, action))

    def _with(self, event: OrderEvent, **facts: Any) -> Self:
        """With these facts, one version more, and the event that says why."""
        return replace(self, **facts, updated_at=event.at, version=self.version + 1, events=(*self.events, event))
