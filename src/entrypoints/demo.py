"""`demo`: the whole life of an order over HTTP, each step shown with what it answers; refusals are part of it, and so
is money that misbehaves. It takes some twenty seconds, most of which it waits for the lease of a payment to end.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
from rich.console import Console
from rich.markup import escape

from adapters.system import new_id
from application.delivery.notices import Recipient
from entrypoints.demo_deliveries import tell

ADDRESS: Final = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postalCode": "SW1Y 4JH",
    "country": "GB",
}
PASSWORD: Final = "a demo's own passphrase"  # noqa: S105 - of an organization that this very run founds

SETTLED: Final = 45.0
"""Seconds after which a payment of which nobody knows has been asked after: three times its lease."""

A_DAY: Final = 86_400
"""Seconds after which an order expires that nobody has confirmed."""


class Unexpected(Exception):
    """A step answered otherwise than it should."""


@dataclass(slots=True)
class Walk:
    """A client that shows what it does. Every step says which status it expects."""

    client: httpx.Client
    console: Console

    def step(
        self,
        what: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        expect: int,
        key: str | None = None,
    ) -> Any:
        """Send a request, under a key of its own unless one is given, and show it.

        Raises: Unexpected, when the status is another.
        """
        keyed = method == "POST" and self._logged_in
        headers = {"Idempotency-Key": key or f"demo-{new_id()}"} if keyed else {}
        answer = self.client.request(method, path, json=body, headers=headers)
        said = answer.json() if answer.content else {}
        as_expected = answer.status_code == expect
        colour = "red" if not as_expected else "yellow" if expect >= 400 else "green"
        self.console.print(f"[bold]{what}[/bold]")
        self.console.print(
            f"  {method} {path} → [{colour}]{answer.status_code}[/{colour}]  {escape(_gist(said))}", soft_wrap=True
        )
        if not as_expected:
            raise Unexpected(f"{method} {path}: expected {expect}, got {answer.status_code}: {answer.text}")
        return said

    def until(self, path: str, name: str, value: str) -> None:
        """Wait until what is there says so. Raises: Unexpected, when it never does."""
        end = time.monotonic() + SETTLED
        while (said := self.client.get(path).json().get(name)) != value:
            if time.monotonic() > end:
                raise Unexpected(f"{path}: {name} is still {said} after {SETTLED:.0f} s, not {value}")
            time.sleep(0.25)

    def log_in(self, token: str) -> None:
        self.client.headers["Authorization"] = f"Bearer {token}"

    @property
    def _logged_in(self) -> bool:
        return "Authorization" in self.client.headers


def walk(base_url: str, console: Console) -> int:
    """Walk an order from placement to return, and others some way.

    Returns the exit code: 1 when a step answers otherwise than it should.
    """
    try:
        with httpx.Client(base_url=base_url, timeout=10) as client:
            _walk(Walk(client, console))
    except (httpx.TransportError, httpx.UnsupportedProtocol):
        console.print(f"[red]Nobody answers at {base_url}:[/red] start ./orderwright serve first.")
        return 1
    except Unexpected as error:
        console.print(f"[red]{error}[/red]", markup=True, soft_wrap=True)
        return 1
    console.print("[green]That was an order's whole life.[/green]")
    return 0


def _walk(go: Walk) -> None:
    slug = f"demo-{new_id().hex[-12:]}"
    owner = {"email": "owner@example.com", "name": "Owner", "password": PASSWORD}
    body = {"name": "Tea House", "slug": slug, "currency": "EUR", "sandbox": True, "owner": owner}
    go.step("A tea house signs up", "POST", "/v1/organizations", body, expect=201)
    login = {"organization": slug, "email": owner["email"], "password": PASSWORD}
    tokens = go.step("Its owner logs in", "POST", "/v1/auth/login", login, expect=200)
    go.log_in(_refreshed(go, tokens["refreshToken"])["accessToken"])

    mug, pot = (
        _product(go, *product) for product in (("MUG-01", "Stoneware mug", 1490, 12), ("POT-02", "Teapot", 6900, 3))
    )
    ada = go.step(
        "Ada becomes a customer", "POST", "/v1/customers", {"email": "ada@example.com", "name": "Ada"}, expect=201
    )

    lost, key = _place(go, "She orders a mug", ada, [(mug, 1)], expect=201), f"demo-{new_id()}"
    silent = {"paymentMethod": "pm_timeout_charged"}
    confirm = f"/v1/orders/{lost['id']}/confirm"
    go.step("The gateway does not answer: is the money held?", "POST", confirm, silent, expect=503, key=key)
    go.step("Nobody acts on the order meanwhile", "POST", f"/v1/orders/{lost['id']}/cancel", {}, expect=409)

    order = _place(go, "She orders four mugs and a teapot: stock is reserved", ada, [(mug, 4), (pot, 1)], expect=201)
    go.step("The mugs: 12 on hand, 5 of them reserved", "GET", f"/v1/products/{mug}", expect=200)
    _place(go, "Ten teapots are refused: there are not that many", ada, [(pot, 10)], expect=409)
    _place(go, "Two broken rules are both named at once", ada, [(mug, 1), (mug, 2), (str(new_id()), 1)], expect=422)

    path = f"/v1/orders/{order['id']}"
    go.step("Shipping before confirming is refused", "POST", f"{path}/ship", {}, expect=409)
    go.step("Her card is declined", "POST", f"{path}/confirm", {"paymentMethod": "pm_decline"}, expect=402)
    go.step(
        "With another one her money is held: confirmed",
        "POST",
        f"{path}/confirm",
        {"paymentMethod": "pm_ok"},
        expect=200,
    )
    _fulfil(go, path, *(line["id"] for line in order["lines"]))
    go.step("The mugs: of 12 the chipped one is missing", "GET", f"/v1/products/{mug}", expect=200)
    proof = go.step("All of it adds up: stock, money, events", "GET", f"{path}/proof", expect=200)
    if not proof["holds"]:
        raise Unexpected("the order's books do not add up")

    _resolved(go, lost["id"], silent, key)
    _forgotten(go, ada, mug)
    go.step("All orders, newest first", "GET", "/v1/orders", expect=200)

    def buy() -> str:
        return f"/v1/orders/{_place(go, 'One order more', ada, [(mug, 1)], expect=201)['id']}"

    if not tell(go.step, go.console, buy, "Tea House", Recipient(email="ada@example.com", name="Ada")):
        raise Unexpected("a webhook that was due did not arrive")


def _resolved(go: Walk, order: str, body: Mapping[str, Any], key: str) -> None:
    """Wait for the worker, who asks the gateway; then ask under the first key."""
    go.until(f"/v1/orders/{order}", "status", "confirmed")
    asked = "After fifteen seconds the worker has asked the gateway: the money is held"
    go.step(asked, "GET", f"/v1/orders/{order}", expect=200)
    go.step("Who asks under the first key is told so", "POST", f"/v1/orders/{order}/confirm", body, expect=200, key=key)


def _forgotten(go: Walk, customer: Any, product: str) -> None:
    """Let an order expire, in a sandbox whose clock is ours."""
    order = _place(go, "Another order, which nobody confirms", customer, [(product, 2)], expect=201)
    day = {"seconds": A_DAY}
    go.step("A day goes by in the sandbox", "POST", "/v1/sandbox/clock/advance", day, expect=200)
    gone = go.step("It has expired, its stock is released", "GET", f"/v1/orders/{order['id']}", expect=200)
    if gone["status"] != "cancelled" or gone["cancellation"]["by"] != "expiry":
        raise Unexpected("an order that nobody confirmed did not expire")


def _fulfil(go: Walk, path: str, mugs: str, teapot: str) -> None:
    """Ship, deliver and return the order in parts; `mugs` and `teapot` are its lines."""
    some = {"carrier": "DHL", "lines": [{"lineId": mugs, "quantity": 2}, {"lineId": teapot, "quantity": 1}]}
    sent = go.step("Two mugs and the teapot ship: all of the money is taken", "POST", f"{path}/ship", some, expect=200)
    go.step("What has shipped in part cannot be cancelled", "POST", f"{path}/cancel", {}, expect=409)
    three = {"lines": [{"lineId": mugs, "quantity": 3}]}
    go.step("Three more mugs are refused: two are left", "POST", f"{path}/ship", three, expect=422)
    go.step(
        "What is left ships, and moves no money", "POST", f"{path}/ship", {"trackingNumber": "JD014600"}, expect=200
    )
    parcel = {"shipmentId": sent["shipments"][0]["id"]}
    go.step("The first parcel is delivered", "POST", f"{path}/deliver", parcel, expect=200)
    chipped = {"reason": "chipped", "lines": [{"lineId": mugs, "quantity": 1, "restock": False}]}
    back = go.step("A mug comes back chipped: it is paid back", "POST", f"{path}/return", chipped, expect=200)
    if back["refunded"] != back["lines"][0]["unitPrice"]:
        raise Unexpected("a mug that came back was not paid back")
    go.step("The other parcel is delivered", "POST", f"{path}/deliver", {}, expect=200)
    go.step(
        "The rest comes back, and so does the money", "POST", f"{path}/return", {"reason": "wrong colour"}, expect=200
    )


def _refreshed(go: Walk, token: str) -> Any:
    """Refresh, lose the answer, ask again: the same successor comes back."""
    body = {"refreshToken": token}
    lost = go.step("The tokens are refreshed, but the answer is lost", "POST", "/v1/auth/refresh", body, expect=200)
    again = go.step("Asked again, the answer is the same", "POST", "/v1/auth/refresh", body, expect=200)
    if again["refreshToken"] != lost["refreshToken"]:
        raise Unexpected("a lost answer was answered with another refresh token")
    return again


def _product(go: Walk, sku: str, name: str, price: int, on_hand: int) -> str:
    body = {"sku": sku, "name": name, "unitPrice": price, "currency": "EUR"}
    product = go.step(f"{name}: into the catalogue", "POST", "/v1/products", body, expect=201)
    received = {"change": on_hand, "reason": "received"}
    go.step(
        f"{on_hand} of them arrive", "POST", f"/v1/products/{product['id']}/stock-adjustments", received, expect=201
    )
    return str(product["id"])


def _place(go: Walk, what: str, customer: Any, wanted: Sequence[tuple[str, int]], *, expect: int) -> Any:
    items = [{"productId": product, "quantity": quantity} for product, quantity in wanted]
    body = {"customerId": customer["id"], "items": items, "shippingAddress": ADDRESS}
    return go.step(what, "POST", "/v1/orders", body, expect=expect)


def _gist(said: Mapping[str, Any]) -> str:
    """What matters of an answer, on one line."""
    if "type" in said and "title" in said:
        more = {key: said[key] for key in ("shortages", "violations", "allowed", "declineCode") if said.get(key)}
        return f"{said['type'].rsplit('/', 1)[-1]}: {said.get('detail')} {more or ''}".rstrip()
    if "ran" in said:
        return ", ".join([f"now {said['now']}", *(f"{one['job']} {one['count']}" for one in said["ran"])])
    if "checks" in said:
        return f"{len(said['checks'])} invariants, holds {said['holds']}"
    if "data" in said:
        return ", ".join(
            f"{one.get('number') or one['type']} {one.get('status') or one['state']}" for one in said["data"]
        )
    interesting = (
        "number",
        "status",
        "fulfilmentStatus",
        "returnStatus",
        "paymentStatus",
        "total",
        "refunded",
        "currency",
        "stock",
        "slug",
        "sku",
        "email",
        "change",
        "expiresIn",
    )
    flat = {**said, **said.get("organization", {})} if isinstance(said.get("organization"), dict) else said
    return ", ".join(f"{key} {flat[key]}" for key in interesting if flat.get(key) not in (None, 0))
