"""Every problem of the contract, provoked over HTTP, and held against the contract's own table."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

import asyncpg
import httpx
import pytest
from dishka import Provider

from adapters.http.problem_examples import EXAMPLES, example_of
from adapters.http.problem_types import REGISTRY
from adapters.http.problems import MEDIA_TYPE
from application.catalogue.change_product import ChangeProductHandler
from application.catalogue.create_product import CreateProductHandler
from application.identity.ports import MeQueries
from application.identity.rates import Rate
from application.ordering.place_order import PlaceOrderHandler
from application.shared.answering import RERUNS
from application.shared.errors import KeyExpired, Outdated, Unavailable
from domain.identity.roles import Role
from entrypoints.settings import Settings
from tests.http.house import ADDRESS, PUBLIC_URL, UNKNOWN, House, Json, key, problem
from tests.http.scene import Failing, Scene
from tests.postgres import Database
from tests.service import test_protocol

BEARER: Final = r'Bearer realm="orderwright"'
SECONDS: Final = r"[1-9][0-9]*"


class Row(NamedTuple):
    """What the contract says of a problem: its status, the members that extend it, the headers that belong to it."""

    status: int
    members: tuple[str, ...] = ()
    headers: Mapping[str, str] = {}


TABLE: Final[Mapping[str, Row]] = {
    "validation-error": Row(400, ("errors",)),
    "malformed-request": Row(400),
    "invalid-cursor": Row(400),
    "idempotency-key-required": Row(400),
    "idempotency-key-invalid": Row(400),
    "authentication-required": Row(401, headers={"WWW-Authenticate": BEARER}),
    "token-expired": Row(401, headers={"WWW-Authenticate": rf'{BEARER}, error="invalid_token", .*="expired"'}),
    "invalid-token": Row(401, headers={"WWW-Authenticate": rf'{BEARER}, error="invalid_token"'}),
    "invalid-credentials": Row(401, headers={"WWW-Authenticate": BEARER}),
    "token-reuse-detected": Row(401, headers={"WWW-Authenticate": rf'{BEARER}, error="invalid_token", .*="reused"'}),
    "payment-failed": Row(402, ("declineCode",)),
    "insufficient-permissions": Row(403, ("required",)),
    "resource-not-found": Row(404, ("resource", "id")),
    "method-not-allowed": Row(405, headers={"Allow": "GET, HEAD, PATCH"}),
    "not-acceptable": Row(406),
    "request-timeout": Row(408),
    "payload-too-large": Row(413),
    "unsupported-media-type": Row(415, headers={"Accept": "application/json"}),
    "headers-too-large": Row(431),
    "unique-constraint-violation": Row(409, ("fields",)),
    "invalid-state-transition": Row(409, ("current", "action", "allowed", "blockedBy")),
    "inventory-insufficient": Row(409, ("shortages",)),
    "payment-in-progress": Row(409, headers={"Retry-After": SECONDS}),
    "concurrent-modification": Row(409),
    "idempotency-in-progress": Row(409, headers={"Retry-After": SECONDS}),
    "idempotency-key-expired": Row(409, ("resource",)),
    "stale-version": Row(412, ("expected", "actual")),
    "precondition-required": Row(428),
    "business-rule-violation": Row(422, ("violations",)),
    "idempotency-key-reuse": Row(422),
    "rate-limit-exceeded": Row(
        429,
        headers={
            "Retry-After": SECONDS,
            "RateLimit-Policy": '"per-principal";q=1;w=3600',
            "RateLimit": f'"per-principal";r=0;t={SECONDS}',
        },
    ),
    "internal-error": Row(500),
    "service-unavailable": Row(503, headers={"Retry-After": SECONDS}),
    "payment-outcome-unknown": Row(503, headers={"Retry-After": SECONDS}),
}
"""By hand, from the contract: a table cannot judge itself."""

OF_ONE_PROBLEM: Final = {name for row in TABLE.values() for name in row.headers}
"""Headers that no other problem carries."""

BY_SOCKET: Final = {"request-timeout": "who falls silent", "headers-too-large": "a head without measure"}
"""What no app ever sees: the protocol says it (tests/service/test_protocol.py)."""

STANDARD: Final = {"type", "title", "status", "detail", "instance"}

Provoked = tuple[httpx.Response, Json]
"""An answer, and the members by which it must extend a problem."""

PAY: Final = {"paymentMethod": "pm_ok"}


async def validation_error(scene: Scene) -> Provoked:
    answer = await scene.house.post(f"/v1/orders/{UNKNOWN}/cancel?why=now", {"reason": 5})
    unknown = {"pointer": "/query/why", "code": "unknown", "message": "There is no such parameter."}
    return answer, {
        "errors": [unknown, {"pointer": "/reason", "code": "type", "message": "Expected str | null, got int."}]
    }


async def malformed_request(scene: Scene) -> Provoked:
    headers = {**scene.house.headers, "Content-Type": "application/json"}
    return await scene.house.client.post("/v1/products", content=b"{", headers=headers), {}


async def invalid_cursor(scene: Scene) -> Provoked:
    return await scene.house.get("/v1/orders?cursor=made-up"), {}


async def key_required(scene: Scene) -> Provoked:
    return await scene.house.call("POST", f"/v1/orders/{UNKNOWN}/ship", {}, **scene.house.headers), {}


async def key_invalid(scene: Scene) -> Provoked:
    return await scene.house.post(f"/v1/orders/{UNKNOWN}/ship", {}, Idempotency_Key="short"), {}


async def authentication_required(scene: Scene) -> Provoked:
    return await scene.house.call("GET", "/v1/me"), {}


async def token_expired(scene: Scene) -> Provoked:
    async with scene.later() as (house, clock):
        clock.ahead = 16 * 60
        return await house.get("/v1/me"), {}


async def invalid_token(scene: Scene) -> Provoked:
    return await scene.house.call("GET", "/v1/me", Authorization="Bearer a.b.c"), {}


async def invalid_credentials(scene: Scene) -> Provoked:
    return await scene.house.log_in(scene.house.owner["email"], "not my password"), {}


async def token_reuse(scene: Scene) -> Provoked:
    tokens = [(await scene.house.enter_owner()).tokens["refreshToken"]]
    for _ in range(2):
        answer = await scene.house.call("POST", "/v1/auth/refresh", {"refreshToken": tokens[-1]})
        tokens.append(answer.json()["refreshToken"])
    return await scene.house.call("POST", "/v1/auth/refresh", {"refreshToken": tokens[0]}), {}


async def insufficient_permissions(scene: Scene) -> Provoked:
    viewer = await scene.house.as_role(Role.VIEWER)
    answer = await scene.house.call("POST", f"/v1/orders/{UNKNOWN}/ship", {}, **viewer)
    return answer, {"required": ["operator", "admin", "owner"]}


async def not_found(scene: Scene) -> Provoked:
    return await scene.house.get(f"/v1/orders/{UNKNOWN}"), {"resource": "order", "id": UNKNOWN}


async def method_not_allowed(scene: Scene) -> Provoked:
    return await scene.house.call("PUT", f"/v1/customers/{UNKNOWN}", {}, **scene.house.headers), {}


async def not_acceptable(scene: Scene) -> Provoked:
    return await scene.house.get("/v1/orders", Accept="text/csv, application/json;q=0"), {}


async def too_large(scene: Scene) -> Provoked:
    headers = {**scene.house.headers, "Content-Type": "application/json"}
    return await scene.house.client.post("/v1/products", content=b" " * (1024 * 1024 + 1), headers=headers), {}


async def not_json(scene: Scene) -> Provoked:
    headers = {**scene.house.headers, "Content-Type": "text/plain"}
    return await scene.house.client.post("/v1/products", content=b"{}", headers=headers), {}


async def taken(scene: Scene) -> Provoked:
    product = await scene.house.product(stock=0)
    body = {"sku": product["sku"], "name": "Pear", "unitPrice": 1, "currency": "EUR"}
    return await scene.house.post("/v1/products", body), {"fields": ["sku"]}


async def illegal_transition(scene: Scene) -> Provoked:
    order = await scene.house.order("confirm")
    blocks = [{"code": "nothing-on-the-way", "message": "Nothing of it is on the way."}]
    members = {"current": "confirmed", "action": "deliver", "allowed": ["cancel", "ship"], "blockedBy": blocks}
    return await scene.house.post(f"/v1/orders/{order['id']}/deliver", {}), members


async def short(scene: Scene) -> Provoked:
    """Of two products there is too little, of a third there is enough."""
    products = [await scene.house.product(stock=stock) for stock in (3, 100, 1)]
    items = [{"productId": product["id"], "quantity": 5} for product in products]
    customer = (await scene.house.customer())["id"]
    answer = await scene.house.post("/v1/orders", {"customerId": customer, "items": items, "shippingAddress": ADDRESS})
    shortages = [
        {"productId": products[0]["id"], "requested": 5, "available": 3},
        {"productId": products[2]["id"], "requested": 5, "available": 1},
    ]
    return answer, {"shortages": shortages}


async def concurrent(scene: Scene) -> Provoked:
    """A use case that is outdated however often it runs."""
    outdated = Failing(Outdated(), [])
    async with scene.with_({CreateProductHandler: outdated}) as house:
        body = {"sku": "A", "name": "Apple", "unitPrice": 1, "currency": "EUR"}
        answer = await house.post("/v1/products", body)
    assert len(outdated.times) == RERUNS + 1
    return answer, {}


async def in_progress(scene: Scene) -> Provoked:
    """On PostgreSQL, where somebody holds the product that is ordered. (In memory everything is done in one breath.)"""
    async with scene.with_(store="postgres") as house:
        draft, name = await house.draft(), key()
        connection = await asyncpg.connect(scene.database.superuser)
        try:
            async with connection.transaction():
                await _hold_products(connection, house)
                first = asyncio.ensure_future(house.post("/v1/orders", draft, Idempotency_Key=name))
                await asyncio.sleep(0.2)
                answer = await house.post("/v1/orders", draft, Idempotency_Key=name)
        finally:
            await connection.close()
        assert (await first).status_code == 201
    return answer, {}


async def _hold_products(connection: Any, house: House) -> None:
    await connection.execute("SELECT FROM products WHERE organization_id = $1 FOR UPDATE", house.organization)


async def key_expired(scene: Scene) -> Provoked:
    async with scene.later() as (house, clock):
        draft, name = await house.draft(), key()
        order = (await house.post("/v1/orders", draft, Idempotency_Key=name)).json()
        clock.ahead = 24 * 3600 + 1
        owner = await house.enter_owner()
        answer = await owner.call("POST", "/v1/orders", draft, **{"Idempotency-Key": name})
    return answer, {"resource": f"/v1/orders/{order['id']}"}


async def stale(scene: Scene) -> Provoked:
    order = await scene.house.order("confirm")
    answer = await scene.house.post(f"/v1/orders/{order['id']}/cancel", {}, If_Match='"1"')
    return answer, {"expected": 1, "actual": 3}


async def declined(scene: Scene) -> Provoked:
    order = await scene.house.order()
    answer = await scene.house.post(f"/v1/orders/{order['id']}/confirm", {"paymentMethod": "pm_decline"})
    return answer, {"declineCode": "card_declined"}


async def outcome_unknown(scene: Scene) -> Provoked:
    order = await scene.house.order()
    return await scene.house.post(f"/v1/orders/{order['id']}/confirm", {"paymentMethod": "pm_timeout_charged"}), {}


async def payment_in_progress(scene: Scene) -> Provoked:
    order = await scene.house.order()
    await scene.house.post(f"/v1/orders/{order['id']}/confirm", {"paymentMethod": "pm_timeout_charged"})
    return await scene.house.post(f"/v1/orders/{order['id']}/cancel", {}), {}


async def no_precondition(scene: Scene) -> Provoked:
    headers = {**scene.house.headers, "Content-Type": "application/json"}
    return await scene.house.client.patch(f"/v1/orders/{UNKNOWN}", json={"note": "x"}, headers=headers), {}


async def broken_rules(scene: Scene) -> Provoked:
    items = [{"productId": UNKNOWN, "quantity": 1}]
    body = {"customerId": UNKNOWN, "items": items, "shippingAddress": ADDRESS}
    violations = [
        {
            "pointer": "/customerId",
            "code": "customer-not-found",
            "message": f"There is no customer {UNKNOWN}.",
        },
        {
            "pointer": "/items/0/productId",
            "code": "product-not-found",
            "message": f"There is no product {UNKNOWN}.",
        },
    ]
    return await scene.house.post("/v1/orders", body), {"violations": violations}


async def key_reused(scene: Scene) -> Provoked:
    draft, name = await scene.house.draft(), key()
    await scene.house.post("/v1/orders", draft, Idempotency_Key=name)
    return await scene.house.post("/v1/orders", {**draft, "note": "more"}, Idempotency_Key=name), {}


async def too_often(scene: Scene) -> Provoked:
    async with scene.with_(limit_per_principal=Rate(1, 3600)) as house:
        answers = [await house.get(f"/v1/orders/{UNKNOWN}") for _ in range(2)]
    assert answers[0].status_code == 404
    return answers[1], {}


async def bug(scene: Scene) -> Provoked:
    async with scene.with_({CreateProductHandler: Failing(ZeroDivisionError(), [])}) as house:
        return await house.post("/v1/products", {"sku": "A", "name": "A", "unitPrice": 1, "currency": "EUR"}), {}


async def away(scene: Scene) -> Provoked:
    async with scene.with_({PlaceOrderHandler: Failing(Unavailable(), [])}) as house:
        return await house.post("/v1/orders", await house.draft()), {}


PROVOKED: Final[Mapping[str, Callable[[Scene], Awaitable[Provoked]]]] = {
    "validation-error": validation_error,
    "malformed-request": malformed_request,
    "invalid-cursor": invalid_cursor,
    "idempotency-key-required": key_required,
    "idempotency-key-invalid": key_invalid,
    "authentication-required": authentication_required,
    "token-expired": token_expired,
    "invalid-token": invalid_token,
    "invalid-credentials": invalid_credentials,
    "token-reuse-detected": token_reuse,
    "insufficient-permissions": insufficient_permissions,
    "resource-not-found": not_found,
    "method-not-allowed": method_not_allowed,
    "not-acceptable": not_acceptable,
    "payload-too-large": too_large,
    "unsupported-media-type": not_json,
    "unique-constraint-violation": taken,
    "invalid-state-transition": illegal_transition,
    "inventory-insufficient": short,
    "concurrent-modification": concurrent,
    "idempotency-in-progress": in_progress,
    "idempotency-key-expired": key_expired,
    "stale-version": stale,
    "precondition-required": no_precondition,
    "business-rule-violation": broken_rules,
    "idempotency-key-reuse": key_reused,
    "rate-limit-exceeded": too_often,
    "internal-error": bug,
    "service-unavailable": away,
    "payment-failed": declined,
    "payment-in-progress": payment_in_progress,
    "payment-outcome-unknown": outcome_unknown,
}
"""How each comes about."""


@pytest.fixture
def scene(house: House, settings: Settings, quick: Provider, database: Database) -> Scene:
    return Scene(house, settings, quick, database)


def test_no_problem_is_left_out() -> None:
    assert REGISTRY.keys() == PROVOKED.keys() | BY_SOCKET.keys()
    assert TABLE.keys() == REGISTRY.keys()


def test_what_only_a_socket_provokes_is_provoked_there() -> None:
    assert test_protocol.LAST_WORDS.keys() == {*BY_SOCKET, "malformed-request"}


@pytest.mark.parametrize("slug", list(TABLE))
def test_the_registry_says_what_the_contract_says(slug: str) -> None:
    kind, row = REGISTRY[slug], TABLE[slug]
    assert (kind.status, kind.members) == (row.status, row.members)
    assert kind.headers.keys() <= row.headers.keys()


@pytest.mark.parametrize("slug", list(PROVOKED))
async def test_it_is_told_as_the_contract_says(scene: Scene, slug: str) -> None:
    row = TABLE[slug]
    answer, members = await PROVOKED[slug](scene)
    body = problem(answer, slug)
    assert answer.status_code == row.status
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.headers["Cache-Control"] == "no-store"
    assert {name for name in OF_ONE_PROBLEM if name in answer.headers} == row.headers.keys()
    for name, pattern in row.headers.items():
        assert re.fullmatch(pattern, answer.headers[name]), answer.headers[name]
    assert {name: value for name, value in body.items() if name not in STANDARD} == members
    assert tuple(members) == row.members
    assert shape(body) == shape(example_of(REGISTRY[slug], PUBLIC_URL)), "the example is not like the real one"


def shape(value: Any) -> Any:
    """What a value is, whatever it says: names and kinds, of a list what its first element is."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    return [shape(part) for part in value[:1]] if isinstance(value, list) else type(value)


def test_every_problem_has_an_example() -> None:
    assert EXAMPLES.keys() == REGISTRY.keys()


@pytest.mark.parametrize("slug", list(REGISTRY))
def test_an_example_says_all_that_the_registry_lists_and_no_more(slug: str) -> None:
    body = example_of(REGISTRY[slug], PUBLIC_URL)
    assert tuple(name for name in body if name not in STANDARD) == TABLE[slug].members
    assert (body["type"], body["status"]) == (f"{PUBLIC_URL}/problems/{slug}", TABLE[slug].status)


async def test_a_key_whose_secret_answer_cannot_be_read_any_more_has_no_resource_to_name(scene: Scene) -> None:
    async with scene.with_({CreateProductHandler: Failing(KeyExpired(), [])}) as house:
        body = {"sku": "A", "name": "Apple", "unitPrice": 1, "currency": "EUR"}
        told = problem(await house.post("/v1/products", body), "idempotency-key-expired")
    assert told["resource"] is None


SECRET: Final = "secret: SELECT password_hash FROM members in /srv/orderwright/store.py"


class BrokenReads:
    """A store whose reads fail."""

    async def me(self, _caller: object) -> object:
        raise RuntimeError(SECRET)


@pytest.mark.parametrize("keyed", [True, False], ids=["with a key", "without"])
async def test_nothing_of_the_inside_is_told(scene: Scene, caplog: pytest.LogCaptureFixture, keyed: bool) -> None:
    broken = RuntimeError(SECRET)
    broken.__cause__ = ValueError(SECRET)
    swapped = {
        CreateProductHandler: Failing(broken, []),
        ChangeProductHandler: Failing(broken, []),
        MeQueries: BrokenReads(),
    }
    body = {"sku": "A", "name": "Apple", "unitPrice": 1, "currency": "EUR"}
    async with scene.with_(swapped) as house:
        headers = {**house.headers, **({"Idempotency-Key": key()} if keyed else {})}
        requests: list[tuple[str, str, Any, Json]] = [
            ("POST", "/v1/products", body, {}),
            ("PATCH", f"/v1/products/{UNKNOWN}", {"name": "Pear"}, {"If-Match": '"1"'}),
            ("GET", "/v1/me", None, {}),
        ]
        for method, path, sent, more in requests:
            caplog.clear()
            with caplog.at_level(logging.ERROR):
                answer = await house.call(method, path, sent, **headers, **more)
            told = problem(answer, "internal-error")
            assert told.keys() == {"type", "title", "status", "instance"}
            everything = f"{answer.text} {answer.headers}"
            for inside in ("secret", "SELECT", "members", ".py", "Traceback", "RuntimeError"):
                assert inside not in everything
            [record] = [record for record in caplog.records if record.name == "orderwright.http"]
            assert told["instance"] in record.getMessage()
            assert answer.headers["X-Request-Id"] in record.getMessage()
            assert record.exc_info is not None
            assert SECRET in str(record.exc_info[1])
