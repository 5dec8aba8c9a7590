"""A small organization to talk to over HTTP, and a client that holds every answer against the contract."""

import asyncio
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx
from dishka import AsyncContainer
from litestar import Litestar
from litestar.testing import AsyncTestClient

from adapters.http.openapi import document
from adapters.http.problem_types import REGISTRY
from adapters.http.problems import MEDIA_TYPE
from adapters.system import new_id
from application.identity.ports import Bearer, Tokens
from application.shared.caller import PrincipalKind
from domain.identity.roles import Role
from domain.ids import CustomerId, OrganizationId

Json = dict[str, Any]

PASSWORD: Final = "correct horse battery"
PUBLIC_URL: Final = "https://orders.example.test"
ADDRESS: Final = {"name": "Ada", "line1": "1 Loop Road", "city": "Leeds", "postalCode": "LS1", "country": "GB"}

UNKNOWN: Final = "0190a0a0-0000-7000-8000-000000000000"
"""An id that nothing has."""

_numbers = count(1)


class PlainPasswords:
    """Passwords without the work, for tests that are about something else."""

    async def hash(self, password: str) -> str:
        return f"plain:{password}"

    async def verify(self, password: str, password_hash: str | None) -> bool:
        return password_hash == f"plain:{password}"


def key() -> str:
    """Return a fresh Idempotency-Key."""
    return str(new_id())


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in: the member as it is shown, and the tokens that it holds."""

    house: "House"
    member: Json
    tokens: Json

    @property
    def id(self) -> str:
        return str(self.member["id"])

    @property
    def headers(self) -> Json:
        return {"Authorization": f"Bearer {self.tokens['accessToken']}"}

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.house.call(method, path, body, **{**self.headers, **headers})

    async def logs_in_again(self, **headers: str) -> "Person":
        """Return the same member with a session more."""
        return await self.house.enter(self.member, **headers)

    async def is_out(self) -> bool:
        """Say whether both tokens are refused, the access token after a second at the latest."""
        await refused_within_a_second(self.house, self.headers)
        answer = await self.house.call("POST", "/v1/auth/refresh", {"refreshToken": self.tokens["refreshToken"]})
        return answer.status_code == 401

    async def is_in(self) -> bool:
        """Say whether the access token is believed."""
        return (await self.call("GET", "/v1/me")).status_code == 200


async def refused_within_a_second(house: "House", headers: Json) -> None:
    """Wait until these headers are refused as an invalid token."""
    deadline = monotonic() + 1
    while (answer := await house.call("GET", "/v1/me", **headers)).status_code == 200:
        assert monotonic() < deadline, "still believed after a second"
        await asyncio.sleep(0.02)
    problem(answer, "invalid-token")


@dataclass
class House:
    """An organization with an owner who is logged in."""

    client: AsyncTestClient[Litestar]
    container: AsyncContainer
    slug: str
    organization: UUID
    owner: Json
    token: str
    headers: Json = field(init=False)

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.token}"}

    @classmethod
    async def found(
        cls, client: AsyncTestClient[Litestar], container: AsyncContainer, *, sandbox: bool = True
    ) -> "House":
        slug = f"http-house-{next(_numbers)}"
        owner = {"email": "owner@example.test", "name": "Olive", "password": PASSWORD}
        body = {"name": "House", "slug": slug, "currency": "EUR", "sandbox": sandbox, "owner": owner}
        founded = (await client.post("/v1/organizations", json=body)).json()
        login = {"organization": slug, "email": owner["email"], "password": PASSWORD}
        token = (await client.post("/v1/auth/login", json=login)).json()["accessToken"]
        return cls(client, container, slug, UUID(founded["organization"]["id"]), founded["member"], token)

    async def as_role(self, role: Role, customer: str | None = None) -> Json:
        """Return the headers of somebody with this role, of whom the house knows nothing else."""
        tokens = await self.container.get(Tokens)
        customer_id = CustomerId(UUID(customer) if customer else new_id()) if role is Role.CUSTOMER else None
        bearer = Bearer(
            organization=OrganizationId(self.organization),
            kind=PrincipalKind.USER,
            id=new_id(),
            role=role,
            customer_id=customer_id,
            credential=new_id(),
        )
        return {"Authorization": f"Bearer {tokens.issue(bearer).token}"}

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send a request with these headers and no others."""
        sent = {"json": body} if body is not None else {}
        return await self.client.request(method, path, headers=headers, **sent)

    async def log_in(self, email: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
        body = {"organization": self.slug, "email": email, "password": password}
        return await self.call("POST", "/v1/auth/login", body, **headers)

    async def enter(self, member: Json, password: str = PASSWORD, **headers: str) -> Person:
        """Log a member in."""
        answer = await self.log_in(member["email"], password, **headers)
        assert answer.status_code == 200, answer.text
        return Person(self, member, answer.json())

    async def enter_owner(self) -> Person:
        return await self.enter(self.owner)

    async def add_member(self, role: Role = Role.VIEWER, **more: Any) -> httpx.Response:
        """Ask for a new member; a customer comes with a customer record of its own."""
        if role is Role.CUSTOMER and "customerId" not in more:
            more["customerId"] = (await self.customer())["id"]
        body = {"email": f"member-{next(_numbers)}@example.test", "name": "Mo", "password": PASSWORD, "role": role}
        return await self.call("POST", "/v1/members", {**body, **more}, **self.headers)

    async def join(self, role: Role = Role.VIEWER, **more: Any) -> Person:
        """Return a new member, logged in."""
        return await self.enter((await self.add_member(role, **more)).json())

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers={**self.headers, **headers})

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Post with a fresh key; `If_Match="…"` is sent as `If-Match`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"json": body} if body is not None else {}
        return await self.client.post(path, headers={"Idempotency-Key": key(), **self.headers, **named}, **sent)

    async def product(self, stock: int = 100, price: int = 500, **more: Any) -> Json:
        body = {"sku": f"SKU-{next(_numbers)}", "name": "Apple", "unitPrice": price, "currency": "EUR", **more}
        product: Json = (await self.post("/v1/products", body)).json()
        if stock:
            await self.post(f"/v1/products/{product['id']}/stock-adjustments", {"change": stock, "reason": "received"})
        return product

    async def customer(self, **more: Any) -> Json:
        body = {"email": f"buyer-{next(_numbers)}@example.test", "name": "Bob", **more}
        customer: Json = (await self.post("/v1/customers", body)).json()
        return customer

    async def draft(self, quantity: int = 2, **more: Any) -> Json:
        """Return the body of an order that can be placed."""
        items = [{"productId": (await self.product())["id"], "quantity": quantity}]
        return {"customerId": (await self.customer())["id"], "items": items, "shippingAddress": ADDRESS, **more}

    async def order(self, *actions: str, **more: Any) -> Json:
        """Place an order, and take it through these actions."""
        order: Json = (await self.post("/v1/orders", await self.draft(**more))).json()
        for action in actions:
            body = {"paymentMethod": "pm_ok"} if action == "confirm" else {}
            order = (await self.post(f"/v1/orders/{order['id']}/{action}", body)).json()
        return order


class Told(NamedTuple):
    """An answer as it leaves the app."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def slug(self) -> str:
        """The problem that it is, nothing where it is none."""
        return str(json.loads(self.body)["type"]).rpartition("/")[2] if self.status >= 400 else ""


async def told(
    app: Litestar,
    method: str,
    path: str,
    headers: Iterable[tuple[str, str]],
    *chunks: bytes,
    query: str = "",
    whole: bool = True,
) -> Told:
    """Call the app as a server does: it is quicker than a client, and sends what none would; not `whole`, it leaves
    in the middle of its body.
    """
    sent: list[Json] = []
    messages: list[Json] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if whole:
        messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Json:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("testserver.local", 80),
        "client": ("127.0.0.1", 1),
    }
    await app(scope, receive, send)  # type: ignore[arg-type]
    start, *bodies = sent
    named = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Told(start["status"], named, b"".join(part.get("body", b"") for part in bodies))


async def raw(
    app: Litestar, method: str, path: str, headers: Iterable[tuple[str, str]], *chunks: bytes
) -> tuple[int, Json]:
    """Send what a well-behaved client never would: headers twice, a body in pieces that announce no length."""
    answer = await told(app, method, path, headers, *chunks, whole=False)
    return answer.status, json.loads(answer.body)


def problem(response: httpx.Response, slug: str) -> Json:
    """Return the body of an answer that must be this problem."""
    body: Json = response.json()
    assert body["type"] == f"{PUBLIC_URL}/problems/{slug}", body
    assert (response.status_code, body["status"], body["title"]) == (
        REGISTRY[slug].status,
        REGISTRY[slug].status,
        REGISTRY[slug].title,
    )
    return body


def pointers(response: httpx.Response) -> dict[str, str]:
    """Return the invalid fields that a validation error names, and the code of each."""
    return {error["pointer"]: error["code"] for error in problem(response, "validation-error")["errors"]}


@dataclass
class Contract:
    """Holds every answer against what every answer must be, and against the OpenAPI document."""

    app: Litestar

    async def __call__(self, response: httpx.Response) -> None:
        headers = response.headers
        assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", headers["X-Request-Id"])
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Cache-Control" in headers
        assert "Server" not in headers
        if response.status_code >= 400:
            assert headers["Content-Type"] == MEDIA_TYPE
            body = (await response.aread()).decode()
            assert "urn:uuid:" in body
        if described := self._described(response.request.method, response.request.url.path):
            undocumented(response, described, document(self.app)["components"])

    def _described(self, method: str, path: str) -> Json | None:
        for template, item in document(self.app)["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                return item.get(method.lower()) or _WITHOUT_METHOD
        return None


_ALWAYS: Final = {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", "Cache-Control")}

_WITHOUT_METHOD: Final[Json] = {
    "responses": {"204": {"headers": _ALWAYS}, "405": {"$ref": "#/components/responses/MethodNotAllowed"}}
}
"""What an address may answer to a method for which it has no operation; 204 to who asks for other origins (OPTIONS)."""

DOCUMENTED: Final = frozenset(
    "Accept Allow Cache-Control ETag Idempotency-Replayed Link Location Preference-Applied RateLimit RateLimit-Policy "
    "Retry-After WWW-Authenticate X-Request-Id".split()
)
"""Headers that an answer only has where the contract says so."""


def undocumented(response: httpx.Response, described: Json, components: Json) -> None:
    """Raises: AssertionError, for a status or a header that the operation does not document, or a missing one."""
    asked = f"{response.request.method} {response.request.url} answered {response.status_code}"
    assert str(response.status_code) in described["responses"], asked
    answer = described["responses"][str(response.status_code)]
    answer = components["responses"][answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
    known = {
        name: components["headers"][header["$ref"].rpartition("/")[2]] if "$ref" in header else header
        for name, header in answer["headers"].items()
    }
    silent = {name for name in DOCUMENTED if name in response.headers} - set(known)
    assert not silent, f"{asked} with {silent}, which the contract does not document"
    missing = {name for name, header in known.items() if header["required"] and name not in response.headers}
    assert not missing, f"{asked} without {missing}, which the contract promises"
