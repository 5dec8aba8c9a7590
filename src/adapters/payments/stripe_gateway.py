"""Stripe, by its own SDK: a payment is a PaymentIntent that is captured by hand. It has not met Stripe itself yet.

Our keys are Stripe's idempotency keys, so that whatever is sent twice happens once. They are in the metadata, too, by
which an outcome that nobody heard of is found again; where Stripe's search lags behind, the same request under the same
key brings the same answer.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import stripe

from application.ordering.ports import Instruction
from domain.ordering.payment import Declined, Succeeded, Told, Unknown, Verb

TIMEOUT: Final = 2.0
"""Seconds."""

METADATA_KEY: Final = "orderwright_key"
METADATA_ORGANIZATION: Final = "orderwright_organization"
METADATA_ORDER: Final = "orderwright_order"

_DONE: Final[Mapping[Verb, frozenset[str]]] = {
    Verb.AUTHORIZE: frozenset({"requires_capture", "succeeded", "canceled"}),
    Verb.CAPTURE: frozenset({"succeeded"}),
    Verb.VOID: frozenset({"canceled"}),
}
"""Statuses of a PaymentIntent after which there is no doubt that this was done. (What is cancelled was held before.)"""

_TO_COME: Final[Mapping[Verb, frozenset[str]]] = {
    Verb.AUTHORIZE: frozenset({"processing"}),
    Verb.CAPTURE: frozenset({"requires_capture", "processing"}),
    Verb.VOID: frozenset({"requires_capture", "processing"}),
}
"""Statuses in which it may still be done."""

_NOBODY_KNOWS: Final = (
    stripe.APIConnectionError,
    stripe.RateLimitError,
    stripe.APIError,
    stripe.IdempotencyError,
    stripe.AuthenticationError,
    stripe.PermissionError,
)
"""Errors after which it may have happened, may be happening, or may happen as soon as we are let in again."""


@dataclass(frozen=True, slots=True)
class StripeGateway:
    client: stripe.StripeClient
    transport: stripe.HTTPXClient

    @classmethod
    def to(cls, key: str, url: str | None = None) -> Self:
        """`url`: where Stripe's API is, if not at Stripe's."""
        addresses: Any = {"api": url} if url else {}
        transport = stripe.HTTPXClient(timeout=TIMEOUT)
        client = stripe.StripeClient(key, base_addresses=addresses, http_client=transport, max_network_retries=0)
        return cls(client, transport)

    async def close(self) -> None:
        await self.transport.close_async()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped

    async def carry_out(self, instruction: Instruction) -> Told:
        return await _heard(lambda: self._asked(instruction))

    async def look_up(self, instruction: Instruction) -> Told | None:
        try:
            return await self._found(instruction)
        except _NOBODY_KNOWS:
            return Unknown()
        except stripe.StripeError:
            return None

    async def _asked(self, instruction: Instruction) -> Told:
        intents, options = self.client.v1.payment_intents, {"idempotency_key": instruction.key}
        metadata, amount = _metadata(instruction), instruction.amount.amount
        reference, given = instruction.reference or "", _params(options)
        match instruction.verb:
            case Verb.AUTHORIZE:
                wanted = {
                    "amount": amount,
                    "currency": instruction.amount.currency.lower(),
                    "payment_method": instruction.method,
                    "capture_method": "manual",
                    "confirm": True,
                    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                    "metadata": metadata,
                }
                return _of_intent(await intents.create_async(_params(wanted), given), Verb.AUTHORIZE)
            case Verb.CAPTURE:
                wanted = {"amount_to_capture": amount}
                return _of_intent(await intents.capture_async(reference, _params(wanted), given), Verb.CAPTURE)
            case Verb.VOID:
                return _of_intent(await intents.cancel_async(reference, options=given), Verb.VOID)
            case Verb.REFUND:
                wanted = {"payment_intent": reference, "amount": amount, "metadata": metadata}
                return _of_refund(await self.client.v1.refunds.create_async(_params(wanted), given), reference)

    async def _found(self, instruction: Instruction) -> Told | None:
        """Return what Stripe knows of it; None, where it is not done and can be."""
        if instruction.verb is Verb.REFUND:
            refunds = await self.client.v1.refunds.list_async(
                _params({"payment_intent": instruction.reference, "limit": 100})
            )
            own = (one for one in refunds.data if _key(one) == instruction.key)
            refund = next(own, None)
            return _of_refund(refund, instruction.reference or "") if refund else None
        intents = self.client.v1.payment_intents
        if instruction.reference is None:
            query = f"metadata['{METADATA_KEY}']:'{instruction.key}'"
            found = await intents.search_async(_params({"query": query, "limit": 1}))
            intent = found.data[0] if found.data else None
        else:
            intent = await intents.retrieve_async(instruction.reference)
        if intent is None or intent.status in _TO_COME[instruction.verb]:
            return None
        return _of_intent(intent, instruction.verb)


async def _heard(ask: Callable[[], Awaitable[Told]]) -> Told:
    """Return what an answer means, or an error that is one."""
    try:
        return await ask()
    except _NOBODY_KNOWS:
        return Unknown()
    except stripe.CardError as refused:
        return Declined(_code(refused))
    except stripe.StripeError as refused:
        return (
            Unknown() if refused.http_status == 409 or (refused.http_status or 500) >= 500 else Declined(_code(refused))
        )


def _of_intent(intent: stripe.PaymentIntent, verb: Verb) -> Told:
    if intent.status in _DONE[verb]:
        return Succeeded(intent.id)
    if intent.status == "processing":
        return Unknown()
    error = intent.last_payment_error
    return Declined((error.decline_code or error.code or intent.status) if error else str(intent.status))


def _of_refund(refund: stripe.Refund, reference: str) -> Told:
    """A refund that is pending will arrive, or fail later, which is for people to see to."""
    if refund.status in {"failed", "canceled"}:
        return Declined(refund.failure_reason or str(refund.status))
    return Succeeded(reference)


def _metadata(instruction: Instruction) -> dict[str, str]:
    """By which an outcome is found again, and by which we know what Stripe speaks of."""
    return {
        METADATA_KEY: instruction.key,
        METADATA_ORGANIZATION: str(instruction.organization),
        METADATA_ORDER: str(instruction.order_id),
    }


def _key(refund: stripe.Refund) -> str | None:
    metadata: Any = refund.metadata
    return getattr(metadata, METADATA_KEY, None) if metadata else None


def _code(error: stripe.StripeError) -> str:
    said = error.error
    return str(getattr(said, "decline_code", None) or error.code or "declined")


def _params(said: Mapping[str, Any]) -> Any:
    """What is said, to functions whose types name every parameter that Stripe has."""
    return said
