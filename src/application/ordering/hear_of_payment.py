"""Hear that something has become of a payment: a doorbell, and no more. What has become of it, the gateway is asked."""

from dataclasses import dataclass

from application.ordering.paying import Paying
from application.ordering.ports import Notices
from application.shared.caller import SYSTEM, Caller
from domain.ordering.errors import OrderNotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class HearOfPayment:
    """`body` is what was signed, byte by byte."""

    request_id: str
    body: bytes
    signature: str


@dataclass(frozen=True, slots=True)
class HearOfPaymentHandler:
    """Nothing that is said is believed but that it is worth asking: so what is said twice, late or wrongly, does no
    harm.

    Raises: NoticeForged, ConcurrentModification, Unavailable.
    """

    notices: Notices
    pay: Paying

    async def __call__(self, command: HearOfPayment) -> bool:
        """Say whether a payment was settled by it."""
        notice = self.notices.read(command.body, command.signature)
        if notice is None:
            return False
        caller = Caller(organization=notice.organization, principal=SYSTEM, request_id=command.request_id)
        try:
            return await self.pay.reconcile(caller, notice.order_id, rung=True)
        except OrderNotFound:
            return False
