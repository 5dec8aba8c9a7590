"""What may be said with the five actions of an order."""

from typing import Annotated

from msgspec import Meta

from adapters.http.fields import Id, Quantity, Request, Text


class ConfirmOrderBody(Request):
    payment_method: Text


class CancelOrderBody(Request):
    reason: Text | None = None


class UnitsBody(Request):
    """So many units of a line of the order."""

    line_id: Id
    quantity: Quantity


class ShipOrderBody(Request):
    """Without `lines`, everything that is left ships. Each line is named once."""

    carrier: Text | None = None
    tracking_number: Text | None = None
    lines: Annotated[list[UnitsBody], Meta(min_length=1, max_length=100)] | None = None


class DeliverOrderBody(Request):
    """Without `shipmentId`, everything that is on the way has arrived."""

    shipment_id: Id | None = None


class ReturnedUnitsBody(UnitsBody):
    """So many units of a line; with `restock` they can be sold again."""

    restock: bool = True


class ReturnOrderBody(Request):
    """Without `lines`, everything that has not come back does, and can be sold again. Each line is named once."""

    reason: Text | None = None
    lines: Annotated[list[ReturnedUnitsBody], Meta(min_length=1, max_length=100)] | None = None
