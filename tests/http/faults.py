"""Requests with something wrong in them, or two things, or none: faults that can be put together."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final

import httpx
from dishka import Provider
from litestar import Litestar

from application.identity.ports import Limit
from application.identity.rates import Rate
from domain.identity.roles import Role
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.settings import Settings
from tests.http.house import ADDRESS, PASSWORD, UNKNOWN, House, Json, key

_addresses = count(1)
MEBIBYTE: Final = 1024 * 1024


@dataclass
class Asking:
    """A request that is right as it stands; faults change it. `spent` callers have had all requests of their hour."""

    house: House
    app: Litestar
    method: str
    path: str
    body: bytes
    role: Role = Role.OPERATOR
    query: str = ""
    headers: Json = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    address: str = field(default_factory=lambda: f"198.51.100.{next(_addresses) % 250}")

    async def answer(self) -> httpx.Response:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key(), **self.headers}
        sent = {name: value for name, value in headers.items() if name not in self.left_out}
        return await self.sent(self.method, f"{self.path}{self.query}", self.body, sent)

    async def sent(self, method: str, path: str, body: bytes, headers: Json) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=(self.address, 1))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver.local") as client:
            return await client.request(method, path, content=body, headers=headers)


Fault = Callable[[Asking], Awaitable[None]]
Chain = Sequence[tuple[str, Fault]]
"""Faults in the order in which they are noticed, each with the slug of its problem."""


async def asked(asking: Asking, faults: Sequence[Fault]) -> httpx.Response:
    """Ask with these faults. The last one is put in first: what an earlier one takes away, it could still use."""
    if too_strict in faults or asking.role is not Role.OPERATOR:
        asking.role = Role.VIEWER
    asking.headers |= await asking.house.as_role(asking.role)
    for fault in reversed(faults):
        await fault(asking)
    return await asking.answer()


async def too_large(asking: Asking) -> None:
    asking.body += b" " * MEBIBYTE


async def unknown_caller(asking: Asking) -> None:
    asking.left_out.add("Authorization")


async def too_strict(asking: Asking) -> None:
    """The caller is a viewer (`asked`)."""


async def spent(asking: Asking) -> None:
    """The caller has asked before."""
    headers = {"Authorization": asking.headers["Authorization"]}
    assert (await asking.sent("GET", f"/v1/orders/{UNKNOWN}", b"", headers)).status_code == 404


async def spent_address(asking: Asking) -> None:
    body = b'{"organization": "nobody", "email": "nobody@example.test", "password": "wrong wrong wrong"}'
    answer = await asking.sent("POST", "/v1/auth/login", body, {"Content-Type": "application/json"})
    assert answer.status_code == 401


async def not_json(asking: Asking) -> None:
    asking.headers["Content-Type"] = "text/plain"


async def unreadable_answer(asking: Asking) -> None:
    asking.headers["Accept"] = "text/csv"


async def no_key(asking: Asking) -> None:
    asking.left_out.add("Idempotency-Key")


async def bad_key(asking: Asking) -> None:
    asking.headers["Idempotency-Key"] = "short"


async def no_version(asking: Asking) -> None:
    asking.left_out.add("If-Match")


async def broken_body(asking: Asking) -> None:
    asking.body = b"{"


async def unknown_parameter(asking: Asking) -> None:
    asking.query = "?x=1"


async def used_key(asking: Asking) -> None:
    """The same caller has placed an order under this key. (A viewer cannot have.)"""
    name = asking.headers["Idempotency-Key"] = key()
    draft = await asking.house.draft()
    caller = {"Authorization": asking.headers["Authorization"], "Idempotency-Key": name}
    placed = await asking.house.call("POST", "/v1/orders", draft, **caller)
    assert placed.status_code == (201 if asking.role is Role.OPERATOR else 403)


async def nothing_there(asking: Asking) -> None:
    """Another order than there is. (Whatever comes later has been done to the one that there was.)"""
    order = asking.path.removeprefix("/v1/orders/").partition("/")[0]
    asking.path = asking.path.replace(order, UNKNOWN)


async def old_version(asking: Asking) -> None:
    asking.headers["If-Match"] = '"999"'


async def gone_too_far(asking: Asking) -> None:
    """The order has been shipped and has arrived: neither can it be shipped again nor its note be changed."""
    order = asking.path.removeprefix("/v1/orders/").partition("/")[0]
    for action in ("ship", "deliver"):
        answer = await asking.house.post(f"/v1/orders/{order}/{action}", {})
        assert answer.status_code == 200
    if "If-Match" in asking.headers:
        asking.headers["If-Match"] = answer.headers["ETag"]


@dataclass(frozen=True)
class Ground:
    """A house, and doors to it: one through which everybody may come as often as they like, one for once an hour."""

    house: House
    strict: Litestar

    async def shipping(self) -> Asking:
        order = await self.house.order("confirm")
        return Asking(self.house, self.strict, "POST", f"/v1/orders/{order['id']}/ship", b"{}")

    async def changing(self) -> Asking:
        order = await self.house.order("confirm")
        path = f"/v1/orders/{order['id']}"
        asking = Asking(self.house, self.strict, "PATCH", path, b'{"note": "Ring twice."}')
        asking.headers["If-Match"] = f'"{order["version"]}"'
        return asking

    async def logging_in(self) -> Asking:
        body = {"organization": self.house.slug, "email": self.house.owner["email"], "password": PASSWORD}
        asking = Asking(self.house, self.strict, "POST", "/v1/auth/login", _json(body))
        asking.left_out |= {"Authorization", "Idempotency-Key"}
        return asking

    async def placing(self) -> Asking:
        return Asking(self.house, self.strict, "POST", "/v1/orders", _json(await self.house.draft()))


def _json(body: Any) -> bytes:
    return httpx.Request("POST", "http://x", json=body).content


async def wrong_password(asking: Asking) -> None:
    asking.body = asking.body.replace(PASSWORD.encode(), b"wrong wrong wrong")


async def nobody_orders(asking: Asking) -> None:
    """The customer does not exist."""
    draft = httpx.Response(200, content=asking.body).json()
    asking.body = _json({**draft, "customerId": UNKNOWN})


async def out_of_stock(asking: Asking) -> None:
    items = [{"productId": (await asking.house.product(stock=1))["id"], "quantity": 999}]
    draft = httpx.Response(200, content=asking.body).json()
    asking.body = _json({**draft, "items": items, "shippingAddress": ADDRESS})


@asynccontextmanager
async def ground(settings: Settings, quick: Provider) -> AsyncIterator[Ground]:
    """Open a house of its own, over memory."""
    limits = {**settings.limits, Limit.LOGIN_PER_ADDRESS: Rate(1, 3600)}
    container = container_of(replace(settings, limits=limits), quick, store="memory")
    loose: Any = create_app(container, settings)
    strict = create_app(container, replace(settings, limit_per_principal=Rate(1, 3600)))
    transport = httpx.ASGITransport(loose, client=("192.0.2.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver.local") as client:
        house: Any = client
        yield Ground(await House.found(house, container), strict)
    await container.close()
