"""What Stripe tells of its own accord, if its own SDK finds that it was Stripe. It has not met Stripe itself yet."""

import json
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import stripe

from adapters.payments.stripe_gateway import METADATA_ORDER, METADATA_ORGANIZATION
from application.ordering.errors import NoticeForged
from application.ordering.ports import Notice
from domain.ids import OrderId

TOLERANCE: Final = 300
"""Seconds that a notice may be old: what is sent again later, Stripe signs anew."""


@dataclass(frozen=True, slots=True)
class StripeNotices:
    """`secret`: what Stripe signs with for this endpoint (`whsec_…`); None: nothing is believed."""

    secret: str | None = field(repr=False)

    def read(self, body: bytes, signature: str) -> Notice | None:
        if not self.secret:
            raise NoticeForged
        try:
            stripe.Webhook.construct_event(body, signature, self.secret, TOLERANCE)
        except (stripe.SignatureVerificationError, ValueError):
            raise NoticeForged from None
        return _notice(json.loads(body))


def _notice(event: Any) -> Notice | None:
    """The metadata are ours: the gateway wrote them when it asked."""
    try:
        said = event["data"]["object"]["metadata"]
        return Notice(organization=UUID(said[METADATA_ORGANIZATION]), order_id=OrderId(UUID(said[METADATA_ORDER])))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
