"""What orders look like on the wire."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from functools import cache
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from adapters.http.answers import as_body
from adapters.http.fields import (
    AddressAnswer,
    AddressBody,
    AddressPatch,
    Amount,
    Answer,
    Id,
    Instant,
    Quantity,
    Request,
    Text,
    in_utc,
)
from adapters.http.pagination import Cursor, Limit, NumberedPagination, Pagination
from application.ordering.actions import possible_actions
from application.ordering.order_view import OrderView
from application.ordering.ports import DEAREST, OrderFilters
from application.shared.caller import Caller
from application.shared.pages import DEFAULT_LIMIT, NEWEST, Direction, Sort
from domain.ordering.lifecycle import State
from domain.ordering.order import CancelledBy
from domain.ordering.payment_lifecycle import PaymentStatus
from domain.ordering.policy import MAX_ITEMS
from domain.ordering.progress import Progress

MAX_PAGE: Final = 2**31 - 1


class ItemBody(Request):
    """So many units of a product."""

    product_id: Id
    quantity: Quantity


class PlaceOrderBody(Request):
    customer_id: Id
    items: Annotated[list[ItemBody], Meta(min_length=1, max_length=MAX_ITEMS)]
    shipping_address: AddressBody
    note: Text | None = None
    external_reference: Text | None = None


class ChangeOrderBody(Request):
    """A merge patch (RFC 7396): an address changes in what it names; null clears the note."""

    shipping_address: AddressPatch | UnsetType = UNSET
    note: Text | UnsetType | None = UNSET


class OrderSort(StrEnum):
    """What orders can be sorted by; `-` turns it around. Among equal ones, their ids decide."""

    NEWEST = "-createdAt"
    OLDEST = "createdAt"
    DEAREST = "-total"
    CHEAPEST = "total"


SORTS: Final[Mapping[OrderSort, Sort]] = {
    OrderSort.NEWEST: NEWEST,
    OrderSort.OLDEST: replace(NEWEST, descending=False),
    OrderSort.DEAREST: DEAREST,
    OrderSort.CHEAPEST: replace(DEAREST, descending=False),
}

_FROM: Final = Meta(description="This and later.")
_TO: Final = Meta(description="Earlier than this.")
_AT_LEAST: Final = Meta(description="This and more, in minor units, whatever the currency.")
_LESS_THAN: Final = Meta(description="Less than this, in minor units, whatever the currency.")


class OrderFiltersQuery(Request):
    """Which orders, and how sorted. All that is said must be true of an order; of several statuses, one."""

    status: list[State] = field(default_factory=list)
    customer_id: Id | UnsetType = UNSET
    product_id: Id | UnsetType = UNSET
    created_from: Annotated[Instant, _FROM] | UnsetType = UNSET
    created_to: Annotated[Instant, _TO] | UnsetType = UNSET
    total_from: Annotated[Amount, _AT_LEAST] | UnsetType = UNSET
    total_to: Annotated[Amount, _LESS_THAN] | UnsetType = UNSET
    number: Text | UnsetType = UNSET
    external_reference: Text | UnsetType = UNSET
    sort: OrderSort = OrderSort.NEWEST

    def __post_init__(self) -> None:
        self.created_from = in_utc(self.created_from, "createdFrom")
        self.created_to = in_utc(self.created_to, "createdTo")

    @property
    def filters(self) -> OrderFilters:
        given = {name: getattr(self, name) for name in self.__struct_fields__ if getattr(self, name) is not UNSET}
        return msgspec.convert({**given, "statuses": self.status}, OrderFilters)


class OrdersQuery(OrderFiltersQuery):
    cursor: Cursor | UnsetType = UNSET
    limit: Limit = DEFAULT_LIMIT
    direction: Direction = Direction.FORWARD


class AdminOrdersQuery(OrderFiltersQuery):
    page: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 1
    page_size: Limit = DEFAULT_LIMIT


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


class PaymentBody(Answer):
    """The last payment of an order. Amounts are minor units of the order's currency."""

    id: UUID
    status: PaymentStatus
    payment_method: str
    authorized: int
    captured: int
    refunded: int
    decline_code: str | None


PaymentStanding = Literal[
    "none",
    "authorizing",
    "authorized",
    "capturing",
    "captured",
    "partially-refunded",
    "refunded",
    "voided",
    "unknown",
]
"""How the whole of an order's payment stands."""


class OrderBody(Answer, kw_only=True):
    """An order. Amounts are minor units of `currency`; `actions` is what the caller may do now."""

    id: UUID
    number: str
    external_reference: str | None
    customer_id: UUID
    status: State
    payment_status: PaymentStanding
    fulfilment_status: Literal["unfulfilled", "partial", "fulfilled"]
    return_status: Literal["none", "partial", "full"]
    currency: str
    lines: list[LineBody]
    total: int
    refunded: int
    shipping_address: AddressAnswer
    note: str | None
    payment: PaymentBody | None
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


class NumberedOrdersPage(Answer):
    data: list[OrderBody]
    pagination: NumberedPagination


def shown(view: OrderView, caller: Caller) -> OrderBody:
    """Return the order as this caller sees it."""
    body = as_body(view, OrderBody)
    under_way = view.payment is not None and view.payment.under_way
    body.actions = _actions(view.status, view.progress, caller.principal.role, under_way)
    return body


@cache
def _actions(state: State, progress: Progress, role: str | None, under_way: bool) -> list[ActionBody]:
    return as_body(possible_actions(state, progress, role, under_way=under_way), list[ActionBody])
