"""The five actions of an order's lifecycle, of all of it or of some units."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Response, post
from litestar.params import FromPath, JSONBody

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import versioned
from adapters.http.injection import inject
from adapters.http.once import answered
from adapters.http.order_action_bodies import (
    CancelOrderBody,
    ConfirmOrderBody,
    DeliverOrderBody,
    ReturnOrderBody,
    ShipOrderBody,
    UnitsBody,
)
from adapters.http.order_bodies import OrderBody, shown
from application.ordering.cancel_order import CancelOrder
from application.ordering.confirm_order import ConfirmOrder
from application.ordering.deliver_order import DeliverOrder
from application.ordering.order_view import OrderView
from application.ordering.return_order import ReturnOrder
from application.ordering.ship_order import ShipOrder
from application.shared.answering import Answering
from application.shared.caller import Caller
from domain.ids import OrderId, ShipmentId
from domain.ordering.order import Order
from domain.ordering.parcels import ReturnLine, ShipmentLine

U = TypeVar("U", ShipmentLine, ReturnLine)

PROBLEMS: Final = ("resource-not-found", "stale-version", "invalid-state-transition", "payment-in-progress")
WITH_MONEY: Final = (*PROBLEMS, "payment-outcome-unknown")
TAKING_MONEY: Final = (*WITH_MONEY, "payment-failed")
WITH_UNITS: Final = ("business-rule-violation",)
"""What actions can end in: all, those that move money, those that take it, and besides, those that name lines."""

_action: Final = partial(post, status_code=200, if_match=True, dry_run=True, problems=PROBLEMS)


def after_action(caller: Caller, order: Order) -> Response[OrderBody]:
    """Answer with the order as it now is."""
    return versioned(shown(OrderView.of(order), caller))


def _units(said: Sequence[UnitsBody] | None, kind: type[U]) -> tuple[U, ...] | None:
    """Return the units that are named, None for all that are left."""
    return None if said is None else msgspec.convert(said, tuple[kind, ...], from_attributes=True)  # type: ignore[valid-type]


@_action("/{id:str}/confirm", operation_id="confirmOrder", problems=TAKING_MONEY)
@inject
async def confirm_order(
    request: AdmittedRequest,
    id: FromPath[UUID],
    data: JSONBody[ConfirmOrderBody],
    confirm: FromDishka[Answering[ConfirmOrder, Order]],
) -> Response[OrderBody]:
    """Confirm an order: its money is held; from now on it is to be shipped, and no longer expires."""
    command = ConfirmOrder(
        caller=request.caller,
        order_id=OrderId(id),
        payment_method=data.payment_method,
        expected_version=request.expected_version,
    )
    return await answered(request, confirm, command, partial(after_action, request.caller))


@_action("/{id:str}/cancel", operation_id="cancelOrder", body=CancelOrderBody, problems=WITH_MONEY)
@inject
async def cancel_order(
    request: AdmittedRequest,
    id: FromPath[UUID],
    cancel: FromDishka[Answering[CancelOrder, Order]],
) -> Response[OrderBody]:
    """Cancel an order before it ships: its stock is free again, and so is its money."""
    data: CancelOrderBody = request.sent
    command = CancelOrder(
        caller=request.caller, order_id=OrderId(id), reason=data.reason, expected_version=request.expected_version
    )
    return await answered(request, cancel, command, partial(after_action, request.caller))


@_action("/{id:str}/ship", operation_id="shipOrder", body=ShipOrderBody, problems=(*TAKING_MONEY, *WITH_UNITS))
@inject
async def ship_order(
    request: AdmittedRequest,
    id: FromPath[UUID],
    ship: FromDishka[Answering[ShipOrder, Order]],
) -> Response[OrderBody]:
    """Ship an order, or some units of it. With the first of them, all of the money that is held is taken."""
    data: ShipOrderBody = request.sent
    command = ShipOrder(
        caller=request.caller,
        order_id=OrderId(id),
        carrier=data.carrier,
        tracking_number=data.tracking_number,
        lines=_units(data.lines, ShipmentLine),
        expected_version=request.expected_version,
    )
    return await answered(request, ship, command, partial(after_action, request.caller))


@_action("/{id:str}/deliver", operation_id="deliverOrder", body=DeliverOrderBody)
@inject
async def deliver_order(
    request: AdmittedRequest,
    id: FromPath[UUID],
    deliver: FromDishka[Answering[DeliverOrder, Order]],
) -> Response[OrderBody]:
    """Deliver an order, or one of its shipments: what was on the way has arrived."""
    data: DeliverOrderBody = request.sent
    command = DeliverOrder(
        caller=request.caller,
        order_id=OrderId(id),
        shipment_id=ShipmentId(UUID(data.shipment_id)) if data.shipment_id else None,
        expected_version=request.expected_version,
    )
    return await answered(request, deliver, command, partial(after_action, request.caller))


@_action("/{id:str}/return", operation_id="returnOrder", body=ReturnOrderBody, problems=(*WITH_MONEY, *WITH_UNITS))
@inject
async def return_order(
    request: AdmittedRequest,
    id: FromPath[UUID],
    take_back: FromDishka[Answering[ReturnOrder, Order]],
) -> Response[OrderBody]:
    """Take an order back, or some units of it: what was paid for them is given back; what is restocked can be sold."""
    data: ReturnOrderBody = request.sent
    command = ReturnOrder(
        caller=request.caller,
        order_id=OrderId(id),
        reason=data.reason,
        lines=_units(data.lines, ReturnLine),
        expected_version=request.expected_version,
    )
    return await answered(request, take_back, command, partial(after_action, request.caller))


ORDER_ACTIONS: Final[tuple[Any, ...]] = (confirm_order, cancel_order, ship_order, deliver_order, return_order)
