"""An order as it is shown: the read model of lists, single reads and events alike."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from application.ordering.payment_view import NO_PAYMENT, PaymentView
from domain.address import Address
from domain.ids import CustomerId, LineId, OrderId, ProductId
from domain.ordering.lifecycle import State
from domain.ordering.line import Line
from domain.ordering.number import OrderNumber
from domain.ordering.order import Cancellation, Order
from domain.ordering.parcels import Return, Shipment
from domain.ordering.progress import Progress
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One line. Amounts are minor units of the order's currency; the last four count units.

    What was `recalled` is among the `returned`, and nobody else's business: it only decides what is possible next.
    """

    id: LineId
    product_id: ProductId
    sku: str
    name: str
    unit_price: int
    quantity: int
    shipped: int
    delivered: int
    returned: int
    recalled: int

    DERIVED: ClassVar = ("line_total",)
    UNTOLD: ClassVar = ("recalled",)

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
            recalled=line.recalled,
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
    payment: PaymentView | None
    shipments: tuple[Shipment, ...]
    cancellation: Cancellation | None
    returns: tuple[Return, ...]
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int

    DERIVED: ClassVar = ("payment_status", "fulfilment_status", "return_status", "refunded")

    @property
    def progress(self) -> Progress:
        return Progress.of(self.lines)

    @property
    def fulfilment_status(self) -> str:
        """`unfulfilled`, `partial` or `fulfilled`: how much has left the house."""
        progress = self.progress
        if progress.all_shipped:
            return "fulfilled"
        return "partial" if progress.some_shipped else "unfulfilled"

    @property
    def return_status(self) -> str:
        """`none`, `partial` or `full`: how much has come back."""
        progress = self.progress
        if progress.all_returned:
            return "full"
        return "partial" if progress.some_returned else "none"

    @property
    def refunded(self) -> int:
        """What the customer has back, in minor units."""
        return self.payment.refunded if self.payment else 0

    @property
    def payment_status(self) -> str:
        """How the whole of its payment stands: `none`, `authorizing`, `authorized` …"""
        return self.payment.standing if self.payment else NO_PAYMENT

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
            payment=PaymentView.last_of(order.payments),
            shipments=order.shipments,
            cancellation=order.cancellation,
            returns=order.returns,
            expires_at=order.expires_at,
            created_at=order.created_at,
            updated_at=order.updated_at,
            version=order.version,
        )
