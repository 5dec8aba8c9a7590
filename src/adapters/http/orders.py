"""Orders: place, read, list, and the five actions of their lifecycle."""

from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import created, versioned
from adapters.http.fields import Nothing
from adapters.http.injection import inject
from adapters.http.options import HttpOptions
from adapters.http.order_bodies import (
    CancelOrderBody,
    ConfirmOrderBody,
    OrderBody,
    OrdersPage,
    OrdersQuery,
    PlaceOrderBody,
    ReturnOrderBody,
    ShipOrderBody,
    shown,
)
from adapters.http.pagination import Collection, Cursors
from application.ordering.cancel_order import CancelOrder
from application.ordering.confirm_order import ConfirmOrder
from application.ordering.deliver_order import DeliverOrder
from application.ordering.get_order import GetOrder, GetOrderHandler
from application.ordering.list_orders import ListOrders, ListOrdersHandler
from application.ordering.order_view import OrderView
from application.ordering.place_order import PlaceOrder, WantedItem
from application.ordering.ports import OrderFilters
from application.ordering.return_order import ReturnOrder
from application.ordering.ship_order import ShipOrder
from application.shared.answering import Answering
from domain.address import Address
from domain.ids import CustomerId, OrderId
from domain.ordering.order import Order

_action: Final = partial(
    post, status_code=200, if_match=True, problems=("resource-not-found", "stale-version", "invalid-state-transition")
)


def _answer(order: Order, request: AdmittedRequest) -> Response[OrderBody]:
    return versioned(shown(OrderView.of(order), request.caller))


@post(
    "/",
    operation_id="placeOrder",
    problems=("business-rule-violation", "inventory-insufficient", "unique-constraint-violation"),
)
@inject
async def place_order(
    request: AdmittedRequest, data: JSONBody[PlaceOrderBody], place: FromDishka[Answering[PlaceOrder, Order]]
) -> Response[OrderBody]:
    """Place an order: its stock is reserved at today's prices until it is confirmed, cancelled or expires."""
    order = await place(
        PlaceOrder(
            caller=request.caller,
            customer_id=CustomerId(UUID(data.customer_id)),
            items=msgspec.convert(data.items, tuple[WantedItem, ...], from_attributes=True),
            shipping_address=msgspec.convert(data.shipping_address, Address, from_attributes=True),
            note=data.note,
            external_reference=data.external_reference,
        )
    )
    return created(shown(OrderView.of(order), request.caller), f"/v1/orders/{order.id}")


@get("/{id:str}", operation_id="getOrder", problems=("resource-not-found",))
@inject
async def get_order(
    request: AdmittedRequest, id: FromPath[UUID], read: FromDishka[GetOrderHandler]
) -> Response[OrderBody]:
    """Read an order, with what you may do with it now."""
    view = await read(GetOrder(caller=request.caller, order_id=OrderId(id)))
    return versioned(shown(view, request.caller))


@get("/", operation_id="listOrders", query=OrdersQuery)
@inject
async def list_orders(
    request: AdmittedRequest,
    read: FromDishka[ListOrdersHandler],
    cursors: FromDishka[Cursors],
    options: FromDishka[HttpOptions],
) -> Response[OrdersPage]:
    """List orders, newest first."""
    query: OrdersQuery = request.asked
    collection = Collection(organization=request.caller.organization, path="/v1/orders", query=query)
    filters = OrderFilters(
        statuses=frozenset(query.status),
        customer_id=CustomerId(UUID(query.customer_id)) if query.customer_id is not UNSET else None,
    )
    page = await read(ListOrders(caller=request.caller, filters=filters, page=cursors.request(collection)))
    body = OrdersPage(
        data=[shown(view, request.caller) for view in page.items], pagination=cursors.pagination(page, collection)
    )
    return cursors.answer(body, collection, options.public_url)


@_action("/{id:str}/confirm", operation_id="confirmOrder")
@inject
async def confirm_order(
    request: AdmittedRequest,
    id: FromPath[UUID],
    data: JSONBody[ConfirmOrderBody],
    confirm: FromDishka[Answering[ConfirmOrder, Order]],
) -> Response[OrderBody]:
    """Confirm an order: from now on it is to be shipped, and no longer expires."""
    command = ConfirmOrder(
        caller=request.caller,
        order_id=OrderId(id),
        payment_method=data.payment_method,
        expected_version=request.expected_version,
    )
    return _answer(await confirm(command), request)


@_action("/{id:str}/cancel", operation_id="cancelOrder", body=CancelOrderBody)
@inject
async def cancel_order(
    request: AdmittedRequest,
    id: FromPath[UUID],
    cancel: FromDishka[Answering[CancelOrder, Order]],
) -> Response[OrderBody]:
    """Cancel an order before it ships: its stock is free again."""
    data: CancelOrderBody = request.sent
    command = CancelOrder(
        caller=request.caller, order_id=OrderId(id), reason=data.reason, expected_version=request.expected_version
    )
    return _answer(await cancel(command), request)


@_action("/{id:str}/ship", operation_id="shipOrder", body=ShipOrderBody)
@inject
async def ship_order(
    request: AdmittedRequest,
    id: FromPath[UUID],
    ship: FromDishka[Answering[ShipOrder, Order]],
) -> Response[OrderBody]:
    """Ship an order: its units leave the warehouse."""
    data: ShipOrderBody = request.sent
    command = ShipOrder(
        caller=request.caller,
        order_id=OrderId(id),
        carrier=data.carrier,
        tracking_number=data.tracking_number,
        expected_version=request.expected_version,
    )
    return _answer(await ship(command), request)


@_action("/{id:str}/deliver", operation_id="deliverOrder", body=Nothing)
@inject
async def deliver_order(
    request: AdmittedRequest,
    id: FromPath[UUID],
    deliver: FromDishka[Answering[DeliverOrder, Order]],
) -> Response[OrderBody]:
    """Deliver an order: everything that was on the way has arrived."""
    command = DeliverOrder(caller=request.caller, order_id=OrderId(id), expected_version=request.expected_version)
    return _answer(await deliver(command), request)


@_action("/{id:str}/return", operation_id="returnOrder", body=ReturnOrderBody)
@inject
async def return_order(
    request: AdmittedRequest,
    id: FromPath[UUID],
    take_back: FromDishka[Answering[ReturnOrder, Order]],
) -> Response[OrderBody]:
    """Take an order back: its units can be sold again."""
    data: ReturnOrderBody = request.sent
    command = ReturnOrder(
        caller=request.caller, order_id=OrderId(id), reason=data.reason, expected_version=request.expected_version
    )
    return _answer(await take_back(command), request)


ORDERS: Final[Any] = Router(
    "/v1/orders",
    route_handlers=[
        place_order,
        list_orders,
        get_order,
        confirm_order,
        cancel_order,
        ship_order,
        deliver_order,
        return_order,
    ],
    tags=["Orders"],
)
