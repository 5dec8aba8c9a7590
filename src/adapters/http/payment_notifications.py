"""What payment gateways tell of their own accord. Their signature is all that they identify themselves by."""

import logging
from typing import Annotated, Any, Final

from dishka import FromDishka
from litestar import Response, Router, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import nothing
from adapters.http.injection import inject
from adapters.http.problems import Rejected
from application.ordering.errors import NoticeForged
from application.ordering.hear_of_payment import HearOfPayment, HearOfPaymentHandler

MAX_NOTIFICATION: Final = 256 * 1024
"""Bytes: an event holds the whole of what it is about."""

_LOG: Final = logging.getLogger("orderwright.payments")

SIGNATURE: Final = "stripe-signature"


class StripeEventBody(Struct, kw_only=True):
    """An event as Stripe describes it. Only by the metadata of `data.object` is it known which order it is about."""

    id: Annotated[str, Meta(min_length=1, max_length=255)]
    type: Annotated[str, Meta(min_length=1, max_length=255)]


@post(
    "/stripe",
    status_code=204,
    operation_id="hearFromStripe",
    request_max_body_size=MAX_NOTIFICATION,
    signed=True,
    problems=("authentication-required", "concurrent-modification", "service-unavailable"),
)
@inject
async def hear_from_stripe(
    request: AdmittedRequest, data: JSONBody[StripeEventBody], hear: FromDishka[HearOfPaymentHandler]
) -> Response[None]:
    """Let Stripe tell that something has become of a payment. It is a doorbell: where nobody knows what became of that
    payment, Stripe is asked. Whatever is not about such a payment is thanked for, too.
    """
    body, signature = await request.body(), request.headers.get(SIGNATURE, "")
    try:
        await hear(HearOfPayment(request_id=request.request_id, body=body, signature=signature))
    except NoticeForged:
        raise Rejected("authentication-required", "It is not signed with the secret of this endpoint.") from None
    _LOG.info("heard from Stripe: %s %s", data.id, data.type)
    return nothing()


NOTIFICATIONS: Final[Any] = Router("/v1/payment-notifications", route_handlers=[hear_from_stripe], tags=["Orders"])
