"""Real requests with a few bytes changed, over real sockets: nothing of it is ever our failure."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from json import dumps, loads
from typing import Any, Final

import httpx
import pytest

from adapters.system import new_id
from tests.service.served import Served, post
from tests.service.sockets import Heard, request, say
from tests.trials import trials

TRIALS: Final = trials(10_000, 400)
SEED: Final = 20261122
STRANGERS: Final = 0.02
"""The share of requests whose token is changed like everything else."""
UNKNOWN: Final = "0190a0a0-0000-7000-8000-000000000000"
PRODUCT: Final = {"sku": "MUTATED", "name": "Apple", "unitPrice": 500, "currency": "EUR"}
DRY: Final = ("Prefer", "dry-run")

ORDER: Final = b"""{"customerId": "0190a0a0-0000-7000-8000-000000000000", "note": "\xc3\xa4", "items": [{"productId":
"0190a0a0-0000-7000-8000-000000000000", "quantity": 2}], "shippingAddress": {"name": "A", "line1": "B", "city": "C",
"postalCode": "9000", "country": "BE"}}"""

TOKENS: Final = (
    b"\0",
    b"\r\n",
    b"\n",
    b"\r",
    b"\xff",
    b"\xc3",
    b"%00",
    b"%ff",
    b"%",
    b"\\u0000",
    b"\\ud800",
    b'"',
    b"[",
)
FRAMES: Final = (
    b"Content-Length: 5\r\n",
    b"Content-Length: -1\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Expect: 100-continue\r\n",
    b"Connection: Upgrade\r\nUpgrade: h2c\r\n",
    b"Connection: close\r\n",
    b"Host: y\r\n",
    b"If-Match: \xff\r\n",
    b"Content-Type: text/plain\r\n",
    b"Accept: */*;q=x\r\n",
    b"Cookie: a=b; c\r\n",
    b"Prefer: dry-run\r\n",
)
_AUTHORIZATION: Final = re.compile(rb"Authorization: [^\r]*\r\n")
NUMBERS: Final = (b"1e999", b"-0", b"9" * 400, b"0x10", b"NaN", b"1.5")

Chance = random.Random
Mutation = Callable[[Chance, bytes], bytes]


def _flip(chance: Chance, sent: bytes) -> bytes:
    at = chance.randrange(len(sent))
    return sent[:at] + bytes([sent[at] ^ 1 << chance.randrange(8)]) + sent[at + 1 :]


def _any(chance: Chance, sent: bytes) -> bytes:
    at = chance.randrange(len(sent))
    return sent[:at] + bytes([chance.randrange(256)]) + sent[at + 1 :]


def _drop(chance: Chance, sent: bytes) -> bytes:
    at = chance.randrange(len(sent))
    return sent[:at] + sent[at + chance.randint(1, 20) :] or sent


def _repeat(chance: Chance, sent: bytes) -> bytes:
    at = chance.randrange(len(sent))
    return sent[:at] + sent[at : at + chance.randint(1, 40)] * chance.randint(2, 30) + sent[at:]


def _token(chance: Chance, sent: bytes) -> bytes:
    at = chance.randrange(len(sent))
    return sent[:at] + chance.choice(TOKENS) + sent[at:]


def _frame(chance: Chance, sent: bytes) -> bytes:
    line, end, rest = sent.partition(b"\r\n")
    return line + end + chance.choice(FRAMES) + rest


def _number(chance: Chance, sent: bytes) -> bytes:
    digits = [at for at, byte in enumerate(sent) if 48 <= byte < 58]
    at = chance.choice(digits or [0])
    return sent[:at] + chance.choice(NUMBERS) + sent[at + 1 :]


def _swap(chance: Chance, sent: bytes) -> bytes:
    one, other = sorted((chance.randrange(len(sent)), chance.randrange(len(sent))))
    return sent[:one] + sent[other:] + sent[one:other]


def _body(chance: Chance, sent: bytes) -> bytes:
    """Other bytes in the body, whose length stays right: these reach the handlers."""
    head, end, body = sent.partition(b"\r\n\r\n")
    return head + end + _any(chance, body) if body else sent


MUTATIONS: Final[tuple[Mutation, ...]] = (_flip, _any, _drop, _repeat, _token, _frame, _number, _swap, _body, _body)


def _of_orders(client: httpx.Client) -> list[bytes]:
    """What is done around orders that exist, one at every stage; without a key, so that it is done however often."""
    ours = [("Authorization", str(client.headers["Authorization"]))]
    product = post(client, "/v1/products", PRODUCT, key=str(new_id()))["id"]
    received = {"change": 1_000_000, "reason": "received"}
    post(client, f"/v1/products/{product}/stock-adjustments", received, key=str(new_id()))
    customer = post(client, "/v1/customers", {"email": "b@example.test", "name": "Bob"}, key=str(new_id()))["id"]
    ordered = {**loads(ORDER), "customerId": customer, "items": [{"productId": product, "quantity": 900}]}
    pending, confirmed, shipped = (_order(client, ordered, steps) for steps in range(3))
    draft = _json(ordered)
    part = {"lineId": _line(client, confirmed), "quantity": 1}
    back = {"lineId": _line(client, shipped), "quantity": 1, "restock": False}
    return [
        request("POST", "/v1/orders/quote", draft, ours),
        request("POST", "/v1/orders", draft, [*ours, ("Idempotency-Key", "another-of-16-bytes"), DRY]),
        request("GET", "/v1/policy", headers=ours),
        request("PATCH", "/v1/policy", b'{"minimumOrderValue": 900}', [*ours, ("If-Match", '"1"')]),
        request("PATCH", pending, b'{"note": null}', [*ours, ("If-Match", '"1"')]),
        request("POST", f"{confirmed}/ship", _json({"carrier": "DHL", "lines": [part]}), ours),
        request("POST", f"{confirmed}/ship", _json({"lines": [part, part]}), [*ours, DRY]),
        request("POST", f"{shipped}/deliver", _json({"shipmentId": UNKNOWN}), ours),
        request("POST", f"{shipped}/return", _json({"reason": "broken", "lines": [back]}), ours),
        request("POST", f"{shipped}/notes", '{"text": "zurück"}'.encode(), ours),
        request("GET", f"{shipped}/timeline?limit=5&cursor=abc", headers=ours),
        request("GET", f"{shipped}/proof", headers=ours),
        request("GET", f"/v1/products/{product}/stock-adjustments?limit=5", headers=ours),
        request("POST", f"/v1/products/{product}/stock-adjustments", b'{"change": 5, "reason": "received"}', ours),
        request("POST", f"/v1/customers/{UNKNOWN}/erase", b"{}", ours),
        request("POST", f"/v1/customers/{customer}/erase", b"{}", [*ours, DRY]),
        request("POST", "/v1/sandbox/clock/advance", b'{"seconds": 1}', ours),
        request("GET", "/v1/admin/orders?page=2&limit=5&sort=-total", headers=ours),
    ]


def _order(client: httpx.Client, draft: dict[str, Any], steps: int) -> str:
    """Place an order, and take it so far. Returns its path."""
    path = f"/v1/orders/{post(client, '/v1/orders', draft, key=str(new_id()))['id']}"
    for action, body in (("confirm", {"paymentMethod": "pm_ok"}), ("ship", {}))[:steps]:
        post(client, f"{path}/{action}", body, key=str(new_id()))
    return path


def _line(client: httpx.Client, order: str) -> str:
    return str(client.get(order).raise_for_status().json()["lines"][0]["id"])


def _json(body: Any) -> bytes:
    return dumps(body).encode()


def _requests(client: httpx.Client) -> list[bytes]:
    """One of every kind: with and without a body, with ids, queries, keys and versions, of somebody and of nobody."""
    token = str(client.headers["Authorization"]).removeprefix("Bearer ")
    ours = [("Authorization", f"Bearer {token}")]
    keyed = [*ours, ("Idempotency-Key", "a-key-of-16-bytes")]
    chunked = request("POST", "/v1/orders", headers=[*keyed, ("Content-Type", "application/json")])
    whole = [
        request("POST", "/v1/orders", ORDER, keyed),
        chunked[:-2] + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(ORDER) + ORDER + b"\r\n0\r\n\r\n",
        request("GET", "/v1/orders?limit=5&sort=-total&status=pending&createdFrom=2026-01-01T00:00:00Z", headers=ours),
        request("GET", f"/v1/orders/{UNKNOWN}", headers=ours),
        request("POST", f"/v1/orders/{UNKNOWN}/confirm", b'{"paymentMethod": "pm_ok"}', [*keyed, ("If-Match", '"3"')]),
        request("POST", f"/v1/orders/{UNKNOWN}/deliver", headers=keyed),
        request("POST", "/v1/products", b'{"sku": "A", "name": "B", "unitPrice": 5, "currency": "EUR"}', keyed),
        request("GET", "/v1/products?q=a&cursor=abc", headers=ours),
        request("POST", "/v1/auth/refresh", b'{"refreshToken": "rt1.a.b.c"}'),
        request("POST", "/v1/auth/logout", b'{"refreshToken": "rt1.a.b.c"}'),
        request("GET", "/problems/validation-error", headers=[("Accept", "text/html")]),
        request("GET", "/docs/docs.js"),
        request("HEAD", "/v1/state-machines/order?format=svg"),
        request("OPTIONS", "/v1/orders", headers=[("Origin", "https://a.example")]),
        *_of_orders(client),
    ]
    return [sent.replace(b"Host: x", b"Host: x\r\nConnection: close", 1) for sent in whole]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("served")) as served:
        yield served


def _mutated(chance: Chance, requests: list[bytes]) -> bytes:
    """Change a request, but seldom who sends it: strangers are turned away at the door, and try nothing behind it."""
    sent = chance.choice(requests)
    known = _AUTHORIZATION.search(sent)
    kept = known[0] if known and chance.random() > STRANGERS else b""
    sent = sent.replace(kept, b"", 1)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        sent = chance.choice(MUTATIONS)(chance, sent)
    line, end, rest = sent.partition(b"\r\n")
    return line + end + kept + rest


def test_changed_bytes_are_told_as_problems_and_never_as_our_failure(served: Served) -> None:
    """Every error is a registered problem. (What waits for bytes that do not come is cut short by ourselves.)"""
    with served.client() as client:
        requests = _requests(client)
    assert all(say(served.port, sent, patience=2).answers[0].status < 500 for sent in requests)

    def try_one(trial: int) -> tuple[bytes, Heard]:
        sent = _mutated(random.Random(SEED + trial), requests)
        cut = sent.find(b"\r\n\r\n") + 4
        return sent, say(served.port, sent[:cut], sent[cut:], pause=0, patience=0.3)

    seen: Counter[int] = Counter()
    with ThreadPoolExecutor(16) as clients:
        for sent, heard in clients.map(try_one, range(TRIALS)):
            for answer, told in zip(heard.answers, heard.told, strict=True):
                assert answer.status < 500, (sent, answer.body)
                assert told
                seen[answer.status] += 1
    print(f"{TRIALS} mutations of {len(requests)} requests: {dict(sorted(seen.items()))}")
    assert {200, 400, 401, 404, 405} <= seen.keys()
    assert httpx.get(f"{served.url}/health/ready").status_code == 200
    assert "Traceback" not in (served.directory / "serve.log").read_text()
