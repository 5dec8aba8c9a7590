"""Quotes: what an order would come to, and everything that stands against it."""

from typing import Any, Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Response, Router, post
from litestar.params import JSONBody
from msgspec import UNSET, UnsetType

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import as_body, plain
from adapters.http.fields import Answer
from adapters.http.injection import inject
from adapters.http.order_bodies import PlaceOrderBody
from application.ordering.place_order import PlaceOrder, WantedItem
from application.ordering.quote_order import QuoteOrder, QuoteOrderHandler
from application.shared.caller import Caller
from domain.address import Address
from domain.ids import CustomerId


class QuotedLineBody(Answer):
    """One line at today's price, in minor units of its currency; `lineTotal` is null beyond what an amount can say."""

    product_id: UUID
    sku: str
    name: str
    unit_price: int
    currency: str
    quantity: int
    line_total: int | None


class ViolationBody(Answer):
    """What stands against an order. `inventory-insufficient` says of which product how much is there, too."""

    pointer: str
    code: str
    message: str
    product_id: UUID | UnsetType = UNSET
    requested: int | UnsetType = UNSET
    available: int | UnsetType = UNSET


class QuoteBody(Answer):
    """What an order would come to now: lines of all products that exist. What cannot be known is null."""

    lines: list[QuotedLineBody]
    total: int | None
    currency: str | None
    violations: list[ViolationBody]


def wish(caller: Caller, data: PlaceOrderBody) -> PlaceOrder:
    """Return what is wished for, to be placed or quoted."""
    return PlaceOrder(
        caller=caller,
        customer_id=CustomerId(UUID(data.customer_id)),
        items=msgspec.convert(data.items, tuple[WantedItem, ...], from_attributes=True),
        shipping_address=msgspec.convert(data.shipping_address, Address, from_attributes=True),
        note=data.note,
        external_reference=data.external_reference,
    )


@post("/", operation_id="quoteOrder", status_code=200)
@inject
async def quote_order(
    request: AdmittedRequest, data: JSONBody[PlaceOrderBody], quote: FromDishka[QuoteOrderHandler]
) -> Response[QuoteBody]:
    """Quote an order: what placing it would come to now, and all that stands against it. Nothing is written."""
    return plain(as_body(await quote(QuoteOrder(wish=wish(request.caller, data))), QuoteBody))


QUOTES: Final[Any] = Router("/v1/orders/quote", route_handlers=[quote_order], tags=["Orders"])
