"""A small stand-in for Stripe's API: PaymentIntents and refunds, idempotency keys, search, and failures on demand.

It knows of Stripe what its documentation says, and no more: what passes here has not met Stripe.
"""

import asyncio
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

Json = dict[str, Any]

DECLINES: Final = {"pm_card_visa_chargeDeclined": "generic_decline"}


@dataclass
class StandIn:
    """An ASGI app. `failing`: what the next answers are instead of what happened (a status, or `silence`), each once;
    `searchable`: whether search has caught up.
    """

    intents: dict[str, Json] = field(default_factory=dict)
    refunds: dict[str, Json] = field(default_factory=dict)
    answers: dict[str, tuple[int, Json]] = field(default_factory=dict)
    failing: list[int | str] = field(default_factory=list)
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    searchable: bool = True

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._lifespan(receive, send)
            return
        body = b""
        while (message := await receive()).get("type") == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        said = {name: values[0] for name, values in parse_qs((body or scope["query_string"]).decode()).items()}
        key = headers.get("idempotency-key")
        self.asked.append((scope["method"], scope["path"], key))
        status, answer = self._answered(scope["method"], scope["path"], said, key)
        if self.failing:
            failure = self.failing.pop(0)
            if failure == "silence":
                await asyncio.sleep(3)
            else:
                status, answer = int(failure), {"error": {"type": "api_error", "message": "down"}}
        text = json.dumps(answer).encode()
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": text})

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def _answered(self, method: str, path: str, said: Json, key: str | None) -> tuple[int, Json]:
        if method == "GET":
            return self._read(path, said)
        assert key, "every change has a key"
        if key not in self.answers:
            self.answers[key] = self._done(path, said)
        return self.answers[key]

    def _read(self, path: str, said: Json) -> tuple[int, Json]:
        if path == "/v1/payment_intents/search":
            wanted = said["query"].split(":", 1)[1].strip("'")
            found = [one for one in self.intents.values() if one["metadata"].get("orderwright_key") == wanted]
            return 200, {"object": "search_result", "data": found if self.searchable else [], "has_more": False}
        if path == "/v1/refunds":
            own = [one for one in self.refunds.values() if one["payment_intent"] == said["payment_intent"]]
            return 200, {"object": "list", "data": own, "has_more": False}
        return 200, self.intents[path.split("/")[3]]

    def _done(self, path: str, said: Json) -> tuple[int, Json]:
        match path.split("/")[2:]:
            case ["payment_intents"]:
                return self._authorized(said)
            case ["payment_intents", id_, "capture"]:
                return self._moved(id_, "succeeded", amount_received=int(said["amount_to_capture"]))
            case ["payment_intents", id_, "cancel"]:
                return self._moved(id_, "canceled")
            case _:
                name = f"re_{len(self.refunds) + 1}"
                self.refunds[name] = {
                    "id": name,
                    "object": "refund",
                    "status": "succeeded",
                    "amount": int(said["amount"]),
                    "payment_intent": said["payment_intent"],
                    "metadata": _metadata(said),
                }
                return 200, self.refunds[name]

    def _authorized(self, said: Json) -> tuple[int, Json]:
        assert (said["capture_method"], said["confirm"]) == ("manual", "true")
        name = f"pi_{len(self.intents) + 1}"
        decline = DECLINES.get(said["payment_method"])
        error = {"type": "card_error", "code": "card_declined", "decline_code": decline, "message": "Declined."}
        self.intents[name] = {
            "id": name,
            "object": "payment_intent",
            "status": "requires_payment_method" if decline else "requires_capture",
            "amount": int(said["amount"]),
            "currency": said["currency"],
            "amount_received": 0,
            "metadata": _metadata(said),
            "last_payment_error": error if decline else None,
        }
        return (402, {"error": error}) if decline else (200, self.intents[name])

    def _moved(self, id_: str, status: str, **facts: int) -> tuple[int, Json]:
        intent = self.intents[id_]
        if intent["status"] != "requires_capture":
            error = {"type": "invalid_request_error", "code": "payment_intent_unexpected_state", "message": "No."}
            return 400, {"error": error}
        intent |= {"status": status, **facts}
        return 200, dict(intent)


def _metadata(said: Json) -> Json:
    return {name[9:-1]: value for name, value in said.items() if name.startswith("metadata[")}


def signature_of(body: bytes, secret: str, *, at: float | None = None) -> str:
    """Return the header `Stripe-Signature`, as Stripe's documentation says it is made; `at`: when (seconds, Unix)."""
    when = str(int(time.time() if at is None else at))
    return f"t={when},v1={hmac.new(secret.encode(), f'{when}.'.encode() + body, 'sha256').hexdigest()}"
