"""Orders: place, read, list, change, and the five actions of their lifecycle."""

from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Response, Router, get, patch, post
from litestar.params import FromPath, JSONBody

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import created, current, plain, versioned
from adapters.http.fields import Nothing
from adapters.http.injection import inject
from adapters.http.merge_patch import said
from adapters.http.once import answered
from adapters.http.options import HttpOptions
from adapters.http.order_bodies import (
    SORTS,
    AdminOrdersQuery,
    CancelOrderBody,
    ChangeOrderBody,
    ConfirmOrderBody,
    NumberedOrdersPage,
    OrderBody,
    OrdersPage,
    OrdersQuery,
    PlaceOrderBody,
    ReturnOrderBody,
    ShipOrderBody,
    shown,
)
from adapters.http.pagination import Collection, Cursors, numbered
from application.ordering.browse_orders import BrowseOrders, BrowseOrdersHandler
from application.ordering.cancel_order import CancelOrder
from application.ordering.change_order import ChangeOrder
from application.ordering.confirm_order import ConfirmOrder
from application.ordering.deliver_order import DeliverOrder
from application.ordering.get_order import GetOrder, GetOrderHandler
from application.ordering.list_orders import ListOrders, ListOrdersHandler
from application.ordering.order_view import OrderView
from application.ordering.place_order import PlaceOrder, WantedItem
from application.ordering.return_order import ReturnOrder
from application.ordering.ship_order import ShipOrder
from application.shared.answering import Answering
from application.shared.caller import Caller
from application.shared.pages import NumberedRequest
from domain.address import Address
from domain.ids import CustomerId, OrderId
from domain.ordering.order import Order, OrderChange

_action: Final = partial(
    post, status_code=200, if_match=True, problems=("resource-not-found", "stale-version", "invalid-state-transition")
)


def _shown(caller: Caller, order: Order) -> Response[OrderBody]:
    return versioned(shown(OrderView.of(order), caller))


def _placed(caller: Caller, order: Order) -> Response[OrderBody]:
    return created(shown(OrderView.of(order), caller), f"/v1/orders/{order.id}")


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
    command = PlaceOrder(
        caller=request.caller,
        customer_id=CustomerId(UUID(data.customer_id)),
        items=msgspec.convert(data.items, tuple[WantedItem, ...], from_attributes=True),
        shipping_address=msgspec.convert(data.shipping_address, Address, from_attributes=True),
        note=data.note,
        external_reference=data.external_reference,
    )
    return await answered(request, place, command, partial(_placed, request.caller))


@get("/{id:str}", operation_id="getOrder", conditional=True, problems=("resource-not-found",))
@inject
async def get_order(
    request: AdmittedRequest, id: FromPath[UUID], read: FromDishka[GetOrderHandler]
) -> Response[OrderBody]:
    """Read an order, with what you may do with it now."""
    view = await read(GetOrder(caller=request.caller, order_id=OrderId(id)))
    return current(request, shown(view, request.caller))


@get("/", operation_id="listOrders", query=OrdersQuery)
@inject
async def list_orders(
    request: AdmittedRequest,
    read: FromDishka[ListOrdersHandler],
    cursors: FromDishka[Cursors],
    options: FromDishka[HttpOptions],
) -> Response[OrdersPage]:
    """List orders, newest first unless another order is asked for."""
    query: OrdersQuery = request.asked
    collection = Collection(
        organization=request.caller.organization, path="/v1/orders", query=query, sort=SORTS[query.sort]
    )
    page = await read(ListOrders(caller=request.caller, filters=query.filters, page=cursors.request(collection)))
    body = OrdersPage(
        data=[shown(view, request.caller) for view in page.items], pagination=cursors.pagination(page, collection)
    )
    return cursors.answer(body, collection, options.public_url)


@get("/v1/admin/orders", operation_id="browseOrders", query=AdminOrdersQuery)
@inject
async def browse_orders(
    request: AdmittedRequest, read: FromDishka[BrowseOrdersHandler]
) -> Response[NumberedOrdersPage]:
    """Browse orders by the numbers of pages, and learn how many there are. A page costs more, the further it lies."""
    query: AdminOrdersQuery = request.asked
    asked = NumberedRequest(sort=SORTS[query.sort], number=query.page, size=query.page_size)
    page = await read(BrowseOrders(caller=request.caller, filters=query.filters, page=asked))
    data = [shown(view, request.caller) for view in page.items]
    return plain(NumberedOrdersPage(data=data, pagination=numbered(page)))


@patch(
    "/{id:str}",
    operation_id="changeOrder",
    problems=("resource-not-found", "stale-version", "invalid-state-transition"),
)
@inject
async def change_order(
    request: AdmittedRequest,
    id: FromPath[UUID],
    data: JSONBody[ChangeOrderBody],
    change: FromDishka[Answering[ChangeOrder, Order]],
) -> Response[OrderBody]:
    """Change where an order goes, or its note, until something of it has shipped."""
    command = ChangeOrder(
        caller=request.caller,
        order_id=OrderId(id),
        change=said(data, OrderChange),
        expected_version=request.expected_version,
    )
    return _shown(request.caller, await change(command))


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
    return await answered(request, confirm, command, partial(_shown, request.caller))


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
    return await answered(request, cancel, command, partial(_shown, request.caller))


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
    return await answered(request, ship, command, partial(_shown, request.caller))


@_action("/{id:str}/deliver", operation_id="deliverOrder", body=Nothing)
@inject
async def deliver_order(
    request: AdmittedRequest,
    id: FromPath[UUID],
    deliver: FromDishka[Answering[DeliverOrder, Order]],
) -> Response[OrderBody]:
    """Deliver an order: everything that was on the way has arrived."""
    command = DeliverOrder(caller=request.caller, order_id=OrderId(id), expected_version=request.expected_version)
    return await answered(request, deliver, command, partial(_shown, request.caller))


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
    return await answered(request, take_back, command, partial(_shown, request.caller))


ORDERS: Final[Any] = Router(
    "/v1/orders",
    route_handlers=[
        place_order,
        list_orders,
        get_order,
        change_order,
        confirm_order,
        cancel_order,
        ship_order,
        deliver_order,
        return_order,
    ],
    tags=["Orders"],
)

ADMIN_ORDERS: Final[Any] = Router("/", route_handlers=[browse_orders], tags=["Orders"])
