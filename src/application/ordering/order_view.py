"""An order as it is shown: the read model of lists, single reads and events alike."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from domain.address import Address
from domain.ids import CustomerId, LineId, OrderId, ProductId
from domain.ordering.lifecycle import State
from domain.ordering.number import OrderNumber
from domain.ordering.order import Cancellation, Line, Order, Return, Shipment
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One line. Amounts are minor units of the order's currency; the last three count units."""

    id: LineId
    product_id: ProductId
    sku: str
    name: str
    unit_price: int
    quantity: int
    shipped: int
    delivered: int
    returned: int

    DERIVED: ClassVar = ("line_total",)

    @property
    def line_total(self) -> int:
        return self.unit_price * self.quantity

    @classmethod
    def of(cls, line: Line) -> Self:
        return cls(
            id=line.id,
            product_id=line.product_id,
            sku=line.sku,
            name=line.name,
            unit_price=line.unit_price.amount,
            quantity=line.quantity,
            shipped=line.shipped,
            delivered=line.delivered,
            returned=line.returned,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """One order. Amounts are minor units of `currency`."""

    id: OrderId
    number: OrderNumber
    external_reference: str | None
    customer_id: CustomerId
    status: State
    currency: Currency
    lines: tuple[LineView, ...]
    total: int
    shipping_address: Address
    note: str | None
    shipments: tuple[Shipment, ...]
    cancellation: Cancellation | None
    returns: tuple[Return, ...]
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int

    DERIVED: ClassVar = ("fulfilment_status", "return_status", "refunded")

    @property
    def fulfilment_status(self) -> str:
        """`unfulfilled`, `partial` or `fulfilled`: how much has left the house."""
        return _share([(line.shipped, line.quantity) for line in self.lines], ("unfulfilled", "partial", "fulfilled"))

    @property
    def return_status(self) -> str:
        """`none`, `partial` or `full`: how much has come back."""
        return _share([(line.returned, line.quantity) for line in self.lines], ("none", "partial", "full"))

    @property
    def refunded(self) -> int:
        return sum(back.refund for back in self.returns)

    @classmethod
    def of(cls, order: Order) -> Self:
        return cls(
            id=order.id,
            number=order.number,
            external_reference=order.external_reference,
            customer_id=order.customer_id,
            status=order.state,
            currency=order.currency,
            lines=tuple(LineView.of(line) for line in order.lines),
            total=order.total.amount,
            shipping_address=order.shipping_address,
            note=order.note,
            shipments=order.shipments,
            cancellation=order.cancellation,
            returns=order.returns,
            expires_at=order.expires_at,
            created_at=order.created_at,
            updated_at=order.updated_at,
            version=order.version,
        )


def _share(parts: list[tuple[int, int]], words: tuple[str, str, str]) -> str:
    """Say with one of three words whether nothing, something or all of the units is done."""
    nothing, something, everything = words
    if all(done == whole for done, whole in parts):
        return everything
    return something if any(done for done, _ in parts) else nothing
