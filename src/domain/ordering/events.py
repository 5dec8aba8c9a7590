"""What happens to orders. An event carries its consequences: the stock that moves because of it."""

from dataclasses import dataclass
from typing import ClassVar

from domain.ids import NoteId, OrderId, PaymentId, ReturnId, ShipmentId
from domain.ordering.parcels import ShipmentLine
from domain.shared.events import Event
from domain.stock import Move


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent(Event):
    """Something happened to an order, and `moves` of stock with it."""

    order_id: OrderId
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(OrderEvent):
    type: ClassVar[str] = "order.placed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged(OrderEvent):
    """It goes somewhere else, or its note says something else; no step of its lifecycle."""

    type: ClassVar[str] = "order.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderConfirmed(OrderEvent):
    type: ClassVar[str] = "order.confirmed"

    payment_method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShipped(OrderEvent):
    type: ClassVar[str] = "order.shipped"

    shipment_id: ShipmentId


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDelivered(OrderEvent):
    """These shipments arrived, and with them these units: fewer than were sent, where some had turned back."""

    type: ClassVar[str] = "order.delivered"

    shipment_ids: tuple[ShipmentId, ...]
    lines: tuple[ShipmentLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReturned(OrderEvent):
    type: ClassVar[str] = "order.returned"

    return_id: ReturnId


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(OrderEvent):
    type: ClassVar[str] = "order.cancelled"

    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNoted(OrderEvent):
    """Somebody of the house wrote something down; the order stays as it is, and so does its version."""

    type: ClassVar[str] = "order.noted"

    note_id: NoteId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired(OrderEvent):
    """Nobody confirmed it in time: it is cancelled, by nobody but the clock."""

    type: ClassVar[str] = "order.expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDeclined(OrderEvent):
    """Neither held nor taken."""

    type: ClassVar[str] = "payment.declined"

    payment_id: PaymentId
    decline_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptured(OrderEvent):
    """Amounts are minor units of the order's currency."""

    type: ClassVar[str] = "payment.captured"

    payment_id: PaymentId
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefunded(OrderEvent):
    type: ClassVar[str] = "payment.refunded"

    payment_id: PaymentId
    amount: int
