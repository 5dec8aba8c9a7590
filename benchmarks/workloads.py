"""What is sent: W1 place · W2 get · W3 list · W4 deliver · W5 replay · W6 one hot product · first and deep page.

W4 delivers a parcel: a status that changes under a guarded version, with its event. Of the transitions on the way of an
order it is the one that moves no money; confirming and shipping first write down, and then carry out, an authorisation
and a capture, which is two units of work.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any, Final
from urllib.parse import urlencode

from adapters.http.order_bodies import OrdersQuery
from adapters.http.pagination import Collection, Cursors
from benchmarks.load import Wanted, ask
from benchmarks.stage import OWNER, PASSWORD, SLUG, Known

ORDERS: Final = "/v1/orders"
ADDRESS: Final = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postalCode": "SW1Y 4JH",
    "country": "GB",
}
BODIES: Final = 2_000
"""How many different orders are placed, again and again, each time under another key."""

REPLAYED: Final = 400
"""How many of the first placements are asked for again."""

HOT_AT_ONCE: Final = 64
"""Buyers of the same product at the same time."""

MARK: Final = "------the key------"
"""Where the key goes: it stands nowhere else in a request."""


def request(method: str, path: str, token: str, body: bytes = b"", *, key: str = "", close: bool = False) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}"]
    lines += [f"Idempotency-Key: {key}"] if key else []
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []
    lines += ["Connection: close"] if close else []
    return "\r\n".join([*lines, "", ""]).encode() + body


async def logged_in(port: int) -> str:
    """Log the owner in over HTTP, as anybody would."""
    body = json.dumps({"organization": SLUG, "email": OWNER, "password": PASSWORD}).encode()
    status, answer = await ask(port, request("POST", "/v1/auth/login", "", body, close=True))
    if status != 200:
        raise RuntimeError(f"the owner cannot log in: {status} {answer[:300]!r}")
    return str(json.loads(answer)["accessToken"])


@dataclass(slots=True)
class Requests:
    """What one server is asked. Its token can change; keys never come twice, nor do parcels that are delivered."""

    known: Known
    port: int
    name: str
    token: str
    keys: str = "bench"
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - nothing that it draws is a secret
    pages: list[str] = field(default_factory=list)
    _bodies: list[bytes] = field(default_factory=list)
    _hot: list[bytes] = field(default_factory=list)
    _turn: Iterator[int] = field(default_factory=count)
    _placed: list[tuple[str, bytes]] = field(default_factory=list)
    _parcels: Iterator[tuple[Any, int]] = field(default_factory=lambda: iter(()))

    def __post_init__(self) -> None:
        hot = self.known.products[0]
        others = self.known.products[1:]
        self._bodies = [self._order(self.chance.sample(others, 3)) for _ in range(BODIES)]
        self._hot = [self._order([hot, *self.chance.sample(others, 2)]) for _ in range(BODIES)]
        self._parcels = iter(self.known.shipped)

    async def find_pages(self, cursors_by: str = "endCursor") -> None:
        """Ask for the first pages of some customers, so that later ones can be asked for by their cursors."""
        for customer in self.chance.sample(self.known.customers, min(20, len(self.known.customers))):
            for status in ("delivered", "cancelled", "pending"):
                asked = {"customerId": str(customer), "status": status, "limit": 20}
                path = f"{ORDERS}?{urlencode(asked)}"
                code, answer = await ask(self.port, request("GET", path, self.token, close=True))
                if code != 200:
                    raise RuntimeError(f"{self.name} does not list: {code} {answer[:300]!r}")
                page = json.loads(answer)["pagination"]
                if page["hasNextPage"]:
                    self.pages.append(f"{ORDERS}?{urlencode({**asked, 'cursor': page[cursors_by]})}")

    def of(self, workload: str) -> Wanted:
        """Return what this workload sends."""
        made = {
            "W1": (self._place(self._bodies), b"201"),
            "W2": (self._get(), b"200"),
            "W3": (self._list(), b"200"),
            "W4": (self._deliver(), b"200"),
            "W5": (self._replay(), b"201"),
            "W6": (self._place(self._hot), b"201"),
        }
        return Wanted(*made[workload])

    def page(self, cursor: str | None) -> Wanted:
        """One and the same page of all orders."""
        asked = urlencode({"limit": 20, **({"cursor": cursor} if cursor else {})})
        return Wanted(cycle([request("GET", f"{ORDERS}?{asked}", self.token)]), b"200")

    @property
    def parcels_left(self) -> int:
        return len(self.known.shipped)

    def _order(self, products: list[Any]) -> bytes:
        items = [{"productId": str(product), "quantity": self.chance.randint(1, 3)} for product in products]
        customer = str(self.chance.choice(self.known.customers))
        return json.dumps({"customerId": customer, "items": items, "shippingAddress": ADDRESS}).encode()

    def _place(self, bodies: list[bytes]) -> Iterator[bytes]:
        whole = [request("POST", ORDERS, self.token, body, key=MARK) for body in bodies]
        halves = [one.split(MARK.encode(), 1) for one in whole]
        for turn in self._turn:
            key = f"{self.keys}-{turn:012d}"
            if len(self._placed) < REPLAYED and bodies is self._bodies:
                self._placed.append((key, bodies[turn % BODIES]))
            before, after = halves[turn % BODIES]
            yield before + key.encode() + after

    def _replay(self) -> Iterator[bytes]:
        again = self._placed[: REPLAYED // 2]  # the last ones may not have been sent
        return cycle([request("POST", ORDERS, self.token, body, key=key) for key, body in again])

    def _get(self) -> Iterator[bytes]:
        return cycle([request("GET", f"{ORDERS}/{order}", self.token) for order in self.known.orders])

    def _list(self) -> Iterator[bytes]:
        return cycle([request("GET", page, self.token) for page in self.pages])

    def _deliver(self) -> Iterator[bytes]:
        for order, version in self._parcels:
            head = request("POST", f"{ORDERS}/{order}/deliver", self.token, b"{}", key=f"bench-deliver-{order}")
            yield head.replace(b"\r\n", f'\r\nIf-Match: "{version}"\r\n'.encode(), 1)


def deep_cursor(known: Known, signing: bytes) -> str:
    """Return the cursor that the page before this one would have ended with."""
    query = OrdersQuery(limit=20)
    collection = Collection(organization=known.organization, path=ORDERS, query=query)
    return Cursors((signing,)).write(known.deep, collection)
