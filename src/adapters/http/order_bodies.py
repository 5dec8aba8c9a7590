"""What orders look like on the wire."""

from functools import cache
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from adapters.http.answers import as_body
from adapters.http.fields import AddressAnswer, AddressBody, Answer, Id, Instant, Quantity, Request, Text
from adapters.http.pagination import PageQuery, Pagination
from application.ordering.actions import possible_actions
from application.ordering.order_view import OrderView
from application.shared.caller import Caller
from domain.ordering.lifecycle import State
from domain.ordering.order import CancelledBy


class ItemBody(Request):
    """So many units of a product."""

    product_id: Id
    quantity: Quantity


class PlaceOrderBody(Request):
    customer_id: Id
    items: Annotated[list[ItemBody], Meta(min_length=1, max_length=100)]
    shipping_address: AddressBody
    note: Text | None = None
    external_reference: Text | None = None


class ConfirmOrderBody(Request):
    payment_method: Text


class CancelOrderBody(Request):
    reason: Text | None = None


class ShipOrderBody(Request):
    carrier: Text | None = None
    tracking_number: Text | None = None


class ReturnOrderBody(Request):
    reason: Text | None = None


class OrdersQuery(PageQuery):
    status: list[State] = field(default_factory=list)
    customer_id: Id | UnsetType = UNSET


class LineBody(Answer):
    """A snapshot of one product: later changes of its price or name never show here. The last three count units."""

    id: UUID
    product_id: UUID
    sku: str
    name: str
    unit_price: int
    quantity: int
    line_total: int
    shipped: int
    delivered: int
    returned: int


class ShipmentLineBody(Answer):
    line_id: UUID
    quantity: int


class ShipmentBody(Answer):
    """A parcel."""

    id: UUID
    carrier: str | None
    tracking_number: str | None
    lines: list[ShipmentLineBody]
    shipped_at: Instant
    delivered_at: Instant | None


class ReturnLineBody(Answer):
    line_id: UUID
    quantity: int
    restock: bool


class ReturnBody(Answer):
    """Goods that came back. `refund` is in minor units of the order's currency."""

    id: UUID
    reason: str | None
    lines: list[ReturnLineBody]
    refund: int
    at: Instant


class CancellationBody(Answer):
    reason: str | None
    by: CancelledBy
    at: Instant


class BlockBody(Answer):
    code: str
    message: str


class ActionBody(Answer):
    """What you may do now, and all that stands in the way of it."""

    action: str
    allowed: bool
    blocked_by: list[BlockBody]


class OrderBody(Answer, kw_only=True):
    """An order. Amounts are minor units of `currency`; `actions` is what the caller may do now."""

    id: UUID
    number: str
    external_reference: str | None
    customer_id: UUID
    status: State
    payment_status: Literal["none"] = "none"
    fulfilment_status: Literal["unfulfilled", "partial", "fulfilled"]
    return_status: Literal["none", "partial", "full"]
    currency: str
    lines: list[LineBody]
    total: int
    refunded: int
    shipping_address: AddressAnswer
    note: str | None
    payment: None = None
    shipments: list[ShipmentBody]
    cancellation: CancellationBody | None
    returns: list[ReturnBody]
    actions: list[ActionBody] = field(default_factory=list)
    expires_at: Instant
    created_at: Instant
    updated_at: Instant
    version: int


class OrdersPage(Answer):
    data: list[OrderBody]
    pagination: Pagination


def shown(view: OrderView, caller: Caller) -> OrderBody:
    """Return the order as this caller sees it."""
    body = as_body(view, OrderBody)
    body.actions = _actions(view.status, caller.principal.role)
    return body


@cache
def _actions(state: State, role: str | None) -> list[ActionBody]:
    return as_body(possible_actions(state, role), list[ActionBody])
