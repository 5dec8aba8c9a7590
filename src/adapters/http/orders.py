"""Orders: place, read, list and change. (What their lifecycle knows is in order_actions.py.)"""

from functools import partial
from typing import Any, Final
from uuid import UUID

from dishka import FromDishka
from litestar import Response, Router, get, patch, post
from litestar.params import FromPath, JSONBody

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import created, current, plain
from adapters.http.injection import inject
from adapters.http.merge_patch import said
from adapters.http.once import answered
from adapters.http.options import HttpOptions
from adapters.http.order_actions import ORDER_ACTIONS, after_action
from adapters.http.order_bodies import (
    SORTS,
    AdminOrdersQuery,
    ChangeOrderBody,
    NumberedOrdersPage,
    OrderBody,
    OrdersPage,
    OrdersQuery,
    PlaceOrderBody,
    shown,
)
from adapters.http.order_history import get_timeline, note_order
from adapters.http.pagination import Collection, Cursors, numbered
from adapters.http.proof import prove_order
from adapters.http.quotes import wish
from application.ordering.browse_orders import BrowseOrders, BrowseOrdersHandler
from application.ordering.change_order import ChangeOrder
from application.ordering.get_order import GetOrder, GetOrderHandler
from application.ordering.list_orders import ListOrders, ListOrdersHandler
from application.ordering.order_view import OrderView
from application.ordering.place_order import PlaceOrder
from application.shared.answering import Answering
from application.shared.caller import Caller
from application.shared.pages import NumberedRequest
from domain.ids import OrderId
from domain.ordering.order import Order, OrderChange


def _placed(caller: Caller, order: Order) -> Response[OrderBody]:
    return created(shown(OrderView.of(order), caller), f"/v1/orders/{order.id}")


@post(
    "/",
    operation_id="placeOrder",
    dry_run=True,
    problems=("business-rule-violation", "inventory-insufficient", "unique-constraint-violation"),
)
@inject
async def place_order(
    request: AdmittedRequest, data: JSONBody[PlaceOrderBody], place: FromDishka[Answering[PlaceOrder, Order]]
) -> Response[OrderBody]:
    """Place an order: its stock is reserved at today's prices until it is confirmed, cancelled or expires."""
    return await answered(request, place, wish(request.caller, data), partial(_placed, request.caller))


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
    return after_action(request.caller, await change(command))


ORDERS: Final[Any] = Router(
    "/v1/orders",
    route_handlers=[
        place_order,
        list_orders,
        get_order,
        change_order,
        *ORDER_ACTIONS,
        get_timeline,
        note_order,
        prove_order,
    ],
    tags=["Orders"],
)

ADMIN_ORDERS: Final[Any] = Router("/", route_handlers=[browse_orders], tags=["Orders"])
