"""What happens to orders. An event carries its consequences: the stock that moves because of it."""

from dataclasses import dataclass
from typing import ClassVar

from domain.ids import OrderId, ReturnId, ShipmentId
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
    type: ClassVar[str] = "order.delivered"

    shipment_ids: tuple[ShipmentId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReturned(OrderEvent):
    type: ClassVar[str] = "order.returned"

    return_id: ReturnId


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(OrderEvent):
    type: ClassVar[str] = "order.cancelled"

    reason: str | None
