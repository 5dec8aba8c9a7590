"""Keys over HTTP: each row of the table of guarantees, for every operation that takes one."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import asyncpg
import httpx
import pytest
from dishka import Provider

from adapters.http.once import REPLAYED
from adapters.memory import MemoryStore
from adapters.records.changes import Changes, Touch
from domain.identity.roles import Role
from entrypoints.api import create_app
from entrypoints.container import StoreName, container_of, warmed
from entrypoints.settings import Settings
from tests.http.house import ADDRESS, PASSWORD, UNKNOWN, House, Json, key, problem, refused_within_a_second
from tests.http.relaying import relayed
from tests.postgres import Database
from tests.trials import trials

HERE: Final = "http://testserver.local"
LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)

PER_REQUEST: Final = {"x-request-id", "date", REPLAYED.lower()}
"""Headers that no two answers share, and the one that only replays have."""


def same(first: httpx.Response, again: httpx.Response) -> bool:
    """Whether an answer is told again: to the byte, and marked as such."""
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    headers = [
        {name: value for name, value in answer.headers.items() if name not in PER_REQUEST} for answer in (first, again)
    ]
    assert headers[0] == headers[1]
    return (first.status_code, first.content) == (again.status_code, again.content)


class Rows:
    """What is kept of one organization, behind the service's back."""

    def __init__(self, house: House, database: Database | None) -> None:
        self.house = house
        self.database = database

    async def of(self, table: str) -> list[Mapping[str, Any]]:
        if self.database is None:
            store = await self.house.container.get(MemoryStore)
            return [dict(row) for row in store.rows(self.house.organization, table)]
        found = await self._sql(f"SELECT * FROM {table} WHERE organization_id = $1", self.house.organization)
        return [dict(row) for row in found]

    async def expire(self) -> None:
        """Let a day go by for every answer that is kept."""
        if self.database is None:
            store = await self.house.container.get(MemoryStore)
            for row in store.rows(self.house.organization, "idempotency_keys"):
                place = {name: row[name] for name in ("principal", "key_hash")}
                touch = Touch(table="idempotency_keys", key=place, set={"expires_at": LONG_AGO})
                store.carry_out(self.house.organization, Changes.of([touch]))
        else:
            expired = "UPDATE idempotency_keys SET expires_at = $2 WHERE organization_id = $1"
            await self._sql(expired, self.house.organization, LONG_AGO)

    async def _sql(self, statement: str, *values: object) -> list[Any]:
        assert self.database is not None
        connection = await asyncpg.connect(self.database.superuser)
        try:
            found: list[Any] = await connection.fetch(statement, *values)
            return found
        finally:
            await connection.close()


@pytest.fixture
def rows(house: House, store: StoreName, request: pytest.FixtureRequest) -> Rows:
    return Rows(house, request.getfixturevalue("database") if store == "postgres" else None)


@pytest.fixture
async def crowd(settings: Settings, quick: Provider, store: StoreName) -> AsyncIterator[House]:
    """A house whose requests really run at the same time: those of Litestar's own client take turns."""
    container = container_of(settings, quick, store=store)
    await warmed(container)
    app: Any = create_app(container, settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE) as client:
        yield await House.found(cast("Any", client), container)
    await container.close()


@pytest.fixture
def crowds_rows(crowd: House, store: StoreName, request: pytest.FixtureRequest) -> Rows:
    return Rows(crowd, request.getfixturevalue("database") if store == "postgres" else None)


# Finished


async def action(house: House, verb: str, *before: str, body: Json | None = None) -> tuple[str, Any]:
    order = await house.order(*before)
    return f"/v1/orders/{order['id']}/{verb}", body or {}


async def a_customer(house: House, verb: str, *, suspended: bool = False) -> tuple[str, Any]:
    customer = await house.customer()
    if suspended:
        await house.post(f"/v1/customers/{customer['id']}/suspend", {})
    return f"/v1/customers/{customer['id']}/{verb}", {}


async def placing(house: House) -> tuple[str, Any]:
    return "/v1/orders", await house.draft()


async def adjusting(house: House) -> tuple[str, Any]:
    product = await house.product(stock=0)
    return f"/v1/products/{product['id']}/stock-adjustments", {"change": 5, "reason": "received"}


async def of_a_member(house: House, verb: str) -> tuple[str, Any]:
    return f"/v1/members/{(await house.join()).id}/{verb}", None


async def just(path: str, body: Any) -> tuple[str, Any]:
    return path, body


async def rotating(house: House) -> tuple[str, Any]:
    made = await house.post("/v1/webhook-endpoints", {"url": "https://hooks.example.com/"})
    return f"/v1/webhook-endpoints/{made.json()['id']}/rotate-secret", None


async def telling_again(house: House) -> tuple[str, Any]:
    made = await house.post("/v1/webhook-endpoints", {"url": "https://hooks.example.com/"})
    await house.product()
    await relayed(house.container)
    told = await house.get(f"/v1/webhook-endpoints/{made.json()['id']}/deliveries")
    return f"/v1/webhook-deliveries/{told.json()['data'][0]['id']}/redeliver", None


async def telling_all_again(house: House) -> tuple[str, Any]:
    made = await house.post("/v1/webhook-endpoints", {"url": "https://hooks.example.com/"})
    since = {"from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
    return f"/v1/webhook-endpoints/{made.json()['id']}/redeliver", since


REQUESTS: Final[dict[str, Callable[[House], Awaitable[tuple[str, Any]]]]] = {
    "placeOrder": placing,
    "confirmOrder": lambda house: action(house, "confirm", body={"paymentMethod": "pm_ok"}),
    "cancelOrder": lambda house: action(house, "cancel", body={"reason": "Enough."}),
    "shipOrder": lambda house: action(house, "ship", "confirm", body={"carrier": "DHL"}),
    "deliverOrder": lambda house: action(house, "deliver", "confirm", "ship"),
    "returnOrder": lambda house: action(house, "return", "confirm", "ship", "deliver"),
    "noteOrder": lambda house: action(house, "notes", body={"text": "Called back."}),
    "createProduct": lambda _: just(
        "/v1/products", {"sku": "ONCE", "name": "Apple", "unitPrice": 5, "currency": "EUR"}
    ),
    "adjustStock": adjusting,
    "createCustomer": lambda _: just("/v1/customers", {"email": "once@example.test", "name": "Bob"}),
    "suspendCustomer": lambda house: a_customer(house, "suspend"),
    "reactivateCustomer": lambda house: a_customer(house, "reactivate", suspended=True),
    "eraseCustomer": lambda house: a_customer(house, "erase"),
    "addMember": lambda _: just(
        "/v1/members", {"email": "once@example.test", "name": "Mo", "password": PASSWORD, "role": "viewer"}
    ),
    "logMemberOut": lambda house: of_a_member(house, "logout-everywhere"),
    "offerPasswordReset": lambda house: of_a_member(house, "password-reset"),
    "createApiKey": lambda _: just("/v1/api-keys", {"name": "Robot", "role": "viewer"}),
    "createWebhookEndpoint": lambda _: just("/v1/webhook-endpoints", {"url": "https://hooks.example.com/"}),
    "rotateWebhookSecret": rotating,
    "redeliverWebhook": telling_again,
    "redeliverWebhooks": telling_all_again,
    "advanceClock": lambda _: just("/v1/sandbox/clock/advance", {"seconds": 60}),
}
"""One good request for each operation that takes a key."""

LEAVING: Final[dict[str, tuple[str, Any, str]]] = {
    "logOutEverywhere": ("/v1/auth/logout-everywhere", None, PASSWORD),
    "changePassword": (
        "/v1/auth/password",
        {"currentPassword": PASSWORD, "newPassword": "another horse battery"},
        "another horse battery",
    ),
}
"""After these the caller is logged out: a path, a body, and the password with which it comes back."""


def test_every_operation_that_takes_a_key_is_asked(house: House) -> None:
    operations = house.client.app.state.operations.values()
    assert {operation.id for operation in operations if operation.key != "none"} == REQUESTS.keys() | LEAVING.keys()


@pytest.mark.parametrize("operation", REQUESTS)
async def test_what_is_sent_again_is_told_again(house: House, operation: str, rows: Rows) -> None:
    path, body = await REQUESTS[operation](house)
    plain = await house.post(path, body, Idempotency_Key=(name := key()))
    assert plain.status_code in {200, 201, 202, 204}, plain.text
    events = len(await rows.of("events"))
    again = await house.post(path, body, Idempotency_Key=name)
    assert same(plain, again)
    assert len(await rows.of("events")) == events


@pytest.mark.parametrize("operation", LEAVING)
async def test_who_was_logged_out_is_told_so_and_once_back_is_told_again(
    house: House, operation: str, rows: Rows
) -> None:
    """Again is not done again: the new session stays, and a password is changed from what it was then."""
    path, body, password = LEAVING[operation]
    person, name = await house.join(), key()
    first = await person.call("POST", path, body, **{"Idempotency-Key": name})
    assert first.status_code == 204
    await refused_within_a_second(house, person.headers)
    problem(await person.call("POST", path, body, **{"Idempotency-Key": name}), "invalid-token")

    back = await house.enter(person.member, password)
    events = len(await rows.of("events"))
    assert same(first, await back.call("POST", path, body, **{"Idempotency-Key": name}))
    assert len(await rows.of("events")) == events
    renewed = await house.call("POST", "/v1/auth/refresh", {"refreshToken": back.tokens["refreshToken"]})
    assert renewed.status_code == 200, "the session that began since then goes on"
    assert await back.is_in()


@pytest.mark.parametrize("operation", LEAVING)
async def test_another_key_does_it_once_more(house: House, operation: str) -> None:
    path, body, password = LEAVING[operation]
    person = await house.join()
    await person.call("POST", path, body, **{"Idempotency-Key": key()})
    back = await house.enter(person.member, password)
    again = {**body, "currentPassword": password} if body else None
    answer = await back.call("POST", path, again, **{"Idempotency-Key": key()})
    assert (answer.status_code, REPLAYED in answer.headers) == (204, False)
    assert await back.is_out()


async def test_a_changed_password_is_of_its_key_alone(house: House) -> None:
    path, body, password = LEAVING["changePassword"]
    person, name = await house.join(), key()
    await person.call("POST", path, body, **{"Idempotency-Key": name})
    back = await house.enter(person.member, password)
    other = {**body, "newPassword": "a third horse battery"}
    problem(await back.call("POST", path, other, **{"Idempotency-Key": name}), "idempotency-key-reuse")
    problem(await back.call("POST", path, body, **{"Idempotency-Key": key()}), "invalid-credentials")


async def test_a_wrong_password_leaves_the_key_free(house: House) -> None:
    path, body, _ = LEAVING["changePassword"]
    person, headers = await house.join(), {"Idempotency-Key": key()}
    wrong = {**body, "currentPassword": "not my horse battery"}
    problem(await person.call("POST", path, wrong, **headers), "invalid-credentials")
    assert (await person.call("POST", path, body, **headers)).status_code == 204


async def test_a_key_changes_nothing_in_an_answer(house: House) -> None:
    """But for ids and times, it is what is said without one."""
    body = {"email": "one@example.test", "name": "Bob"}
    without = await house.call("POST", "/v1/customers", body, **house.headers)
    keyed = await house.post("/v1/customers", {**body, "email": "two@example.test"})
    assert without.headers.keys() == keyed.headers.keys()
    varying = {"location", "x-request-id", "content-length"}
    assert all(keyed.headers[name] == value for name, value in without.headers.items() if name not in varying)
    assert list(without.json()) == list(keyed.json())


async def test_a_request_id_is_of_the_request_also_in_a_replay(house: House) -> None:
    draft, name = await house.draft(), key()
    await house.post("/v1/orders", draft, Idempotency_Key=name)
    again = await house.post("/v1/orders", draft, Idempotency_Key=name, X_Request_Id="request-0816")
    assert again.headers["X-Request-Id"] == "request-0816"


async def test_both_forms_of_a_key_are_the_same_key(house: House) -> None:
    draft, name = await house.draft(), key()
    bare = await house.post("/v1/orders", draft, Idempotency_Key=name)
    assert same(bare, await house.post("/v1/orders", draft, Idempotency_Key=f'"{name}"'))
    assert same(bare, await house.post("/v1/orders", draft, Idempotency_Key=f"  {name}\t"))
    quoted = await house.post("/v1/orders", draft, Idempotency_Key='"a \\"key\\" with \\\\ in it"')
    assert quoted.status_code == 201
    assert same(quoted, await house.post("/v1/orders", draft, Idempotency_Key='"a \\"key\\" with \\\\ in it"'))
    assert REPLAYED not in (await house.post("/v1/orders", draft, Idempotency_Key=name.upper())).headers


async def test_the_same_request_may_be_written_in_another_way(house: House) -> None:
    """Order of members, white space, what may be left out: it is what is asked for that counts."""
    draft, name = await house.draft(), key()
    first = await house.post("/v1/orders", draft, Idempotency_Key=name)
    jumbled = json.dumps({"note": None, **dict(reversed(draft.items()))}, indent=2).encode()
    headers = {**house.headers, "Idempotency-Key": name, "Content-Type": "application/json; charset=utf-8"}
    assert same(first, await house.client.post("/v1/orders", content=jumbled, headers=headers))


# Another request, another caller


async def test_a_key_is_of_one_request(house: House, rows: Rows) -> None:
    draft, name = await house.draft(), key()
    order = (await house.post("/v1/orders", draft, Idempotency_Key=name)).json()
    events = len(await rows.of("events"))
    others: dict[str, tuple[str, Any]] = {
        "another body": ("/v1/orders", {**draft, "note": "now"}),
        "another path": (f"/v1/orders/{order['id']}/confirm", {"paymentMethod": "pm_ok"}),
        "another order": (f"/v1/orders/{UNKNOWN}/ship", {}),
    }
    for path, body in others.values():
        problem(await house.post(path, body, Idempotency_Key=name), "idempotency-key-reuse")
    confirm = f"/v1/orders/{order['id']}/confirm"
    await house.post(confirm, {"paymentMethod": "pm_ok"}, Idempotency_Key=(name := key()), If_Match='"1"')
    for if_match in ({}, {"If_Match": '"2"'}):
        answer = await house.post(confirm, {"paymentMethod": "pm_ok"}, Idempotency_Key=name, **if_match)
        problem(answer, "idempotency-key-reuse")
    assert len(await rows.of("events")) == events + 1


async def test_a_key_is_of_one_caller(house: House) -> None:
    draft, name = await house.draft(), key()
    first = await house.post("/v1/orders", draft, Idempotency_Key=name)
    colleague = await house.as_role(Role.OPERATOR)
    theirs = await house.client.post("/v1/orders", json=draft, headers={**colleague, "Idempotency-Key": name})
    assert theirs.status_code == 201
    assert theirs.json()["id"] != first.json()["id"]
    machine = (await house.post("/v1/api-keys", {"name": "Robot", "role": "operator"})).json()["key"]
    headers = {"Authorization": f"Bearer {machine}", "Idempotency-Key": name}
    its = await house.client.post("/v1/orders", json=draft, headers=headers)
    assert len({answer.json()["id"] for answer in (first, theirs, its)}) == 3


async def test_a_key_is_of_one_organization(house: House) -> None:
    other, name = await House.found(house.client, house.container), key()
    first = await house.post("/v1/orders", await house.draft(), Idempotency_Key=name)
    second = await other.post("/v1/orders", await other.draft(), Idempotency_Key=name)
    assert (first.status_code, second.status_code) == (201, 201)


# Refusals


async def test_a_final_refusal_is_told_again_whatever_has_become_possible(house: House) -> None:
    product, customer = await house.product(stock=1), await house.customer()
    items = [{"productId": product["id"], "quantity": 2}]
    draft = {"customerId": customer["id"], "items": items, "shippingAddress": ADDRESS}
    order, broken = await house.order(), {**draft, "customerId": UNKNOWN}
    await house.product(sku="TAKEN")
    taken = {"sku": "TAKEN", "name": "Apple", "unitPrice": 5, "currency": "EUR"}
    refused: dict[str, tuple[str, Any, dict[str, str]]] = {
        "inventory-insufficient": ("/v1/orders", draft, {}),
        "business-rule-violation": ("/v1/orders", broken, {}),
        "unique-constraint-violation": ("/v1/products", taken, {}),
        "stale-version": (f"/v1/orders/{order['id']}/confirm", {"paymentMethod": "pm_ok"}, {"If_Match": '"9"'}),
        "invalid-state-transition": (f"/v1/orders/{order['id']}/deliver", {}, {}),
    }
    names = {slug: key() for slug in refused}
    told = {}
    for slug, (path, body, headers) in refused.items():
        told[slug] = await house.post(path, body, Idempotency_Key=names[slug], **headers)
        problem(told[slug], slug)
    await house.post(f"/v1/products/{product['id']}/stock-adjustments", {"change": 9, "reason": "received"})
    for action_ in ("confirm", "ship"):
        await house.post(f"/v1/orders/{order['id']}/{action_}", {"paymentMethod": "x"} if action_ == "confirm" else {})
    for slug, (path, body, headers) in refused.items():
        again = await house.post(path, body, Idempotency_Key=names[slug], **headers)
        assert same(told[slug], again), slug
        assert again.json()["instance"] == told[slug].json()["instance"]
    assert (await house.post("/v1/orders", draft)).status_code == 201


async def test_what_a_retry_may_change_is_judged_anew(house: House, rows: Rows) -> None:
    """Invalid, not allowed, not found: nothing of it is kept, and the key is free."""
    name, draft = key(), await house.draft()
    problem(await house.post("/v1/orders", {**draft, "items": []}, Idempotency_Key=name), "validation-error")
    viewer = await house.as_role(Role.VIEWER)
    headers = {**viewer, "Idempotency-Key": name}
    problem(await house.client.post("/v1/orders", json=draft, headers=headers), "insufficient-permissions")
    unknown = f"/v1/orders/{UNKNOWN}/ship"
    for _ in range(2):
        answer = await house.post(unknown, {}, Idempotency_Key=name)
        problem(answer, "resource-not-found")
        assert REPLAYED not in answer.headers
    answer = await house.post("/v1/orders", draft, Idempotency_Key=name, Content_Type="text/plain")
    problem(answer, "unsupported-media-type")
    assert name.encode() not in repr(await rows.of("idempotency_keys")).encode()
    assert (await house.post("/v1/orders", draft, Idempotency_Key=name)).status_code == 201


async def test_validity_comes_before_the_key(house: House) -> None:
    draft, name = await house.draft(), key()
    await house.post("/v1/orders", draft, Idempotency_Key=name)
    problem(await house.post("/v1/orders", {**draft, "items": []}, Idempotency_Key=name), "validation-error")
    problem(await house.post(f"/v1/orders/{UNKNOWN}/ship", {}, Idempotency_Key=name), "idempotency-key-reuse")


# A day later


async def test_after_a_day_an_order_is_not_placed_again(house: House, rows: Rows) -> None:
    draft, name = await house.draft(), key()
    order = (await house.post("/v1/orders", draft, Idempotency_Key=name)).json()
    await rows.expire()
    expired = problem(await house.post("/v1/orders", draft, Idempotency_Key=name), "idempotency-key-expired")
    assert expired["resource"] == f"/v1/orders/{order['id']}"
    assert (await house.get(expired["resource"])).json()["id"] == order["id"]
    assert len(await rows.of("orders")) == 1


async def test_after_a_day_the_lifecycle_guards_an_action(house: House, rows: Rows) -> None:
    order, name = await house.order(), key()
    confirm = f"/v1/orders/{order['id']}/confirm", {"paymentMethod": "pm_ok"}
    assert (await house.post(*confirm, Idempotency_Key=name)).status_code == 200
    await rows.expire()
    problem(await house.post(*confirm, Idempotency_Key=name), "invalid-state-transition")


async def test_an_answer_is_kept_for_a_day(house: House, rows: Rows) -> None:
    await house.post("/v1/orders", await house.draft())
    for row in await rows.of("idempotency_keys"):
        assert row["expires_at"] - row["created_at"] == timedelta(hours=24)


# At the same time


async def test_of_many_at_once_one_is_done(crowd: House, crowds_rows: Rows) -> None:
    house, rows = crowd, crowds_rows
    keys, duplicates = trials(200, 8), 5
    product, customer = await house.product(stock=2 * keys), await house.customer()
    items = [{"productId": product["id"], "quantity": 2}]
    draft = {"customerId": customer["id"], "items": items, "shippingAddress": ADDRESS}
    names = [key() for _ in range(keys)]
    turns = asyncio.Semaphore(16)

    async def insist(name: str) -> bytes:
        """Send until there is an answer, as a client does who is told to come back."""
        async with turns, asyncio.timeout(30):
            while (answer := await house.post("/v1/orders", draft, Idempotency_Key=name)).status_code != 201:
                assert answer.json()["type"].rpartition("/")[2] in {"idempotency-in-progress", "service-unavailable"}
                assert answer.headers["Retry-After"] == "1"
                await asyncio.sleep(0.01)
        return answer.content

    sends = [name for name in names for _ in range(duplicates)]
    bodies: dict[str, set[bytes]] = {name: set() for name in names}
    for name, body in zip(sends, await asyncio.gather(*map(insist, sends)), strict=True):
        bodies[name].add(body)
    assert all(len(some) == 1 for some in bodies.values())
    assert len(await rows.of("orders")) == keys


async def test_what_is_in_progress_is_said_with_when_to_come_back(crowd: House, crowds_rows: Rows) -> None:
    """On a product that somebody holds an order gets so far and no further. (Memory is never in progress.)"""
    house, rows = crowd, crowds_rows
    if rows.database is None:
        pytest.skip("in memory everything is done in one breath")
    draft, name = await house.draft(), key()
    connection = await asyncpg.connect(rows.database.superuser)
    try:
        async with connection.transaction():
            held = "SELECT FROM products WHERE organization_id = $1 FOR UPDATE"
            await connection.execute(held, house.organization)
            first = asyncio.ensure_future(house.post("/v1/orders", draft, Idempotency_Key=name))
            await asyncio.sleep(0.2)
            answer = await house.post("/v1/orders", draft, Idempotency_Key=name)
            problem(answer, "idempotency-in-progress")
            assert answer.headers["Retry-After"] == "1"
    finally:
        await connection.close()
    assert same(await first, await house.post("/v1/orders", draft, Idempotency_Key=name))


# Secrets


SECRETS: Final = {
    "createApiKey": "key",
    "offerPasswordReset": "token",
    "createWebhookEndpoint": "secret",
    "rotateWebhookSecret": "secret",
}


@pytest.mark.parametrize(("operation", "secret"), SECRETS.items())
async def test_a_secret_is_told_again_and_nowhere_kept(house: House, operation: str, secret: str, rows: Rows) -> None:
    path, body = await REQUESTS[operation](house)
    before = len(await rows.of("idempotency_keys"))
    first = await house.post(path, body, Idempotency_Key=(name := key()))
    assert same(first, await house.post(path, body, Idempotency_Key=name))
    assert first.headers["Cache-Control"] == "no-store"
    kept = await rows.of("idempotency_keys")
    assert len(kept) == before + 1
    assert [row["sealed"] for row in kept].count(True) == 1 + (operation == "rotateWebhookSecret")
    shown = first.json()[secret]
    whole = repr(
        [await rows.of(table) for table in ("idempotency_keys", "api_keys", "members", "events", "webhook_endpoints")]
    )
    assert shown not in whole
    assert shown.rpartition(".")[2] not in whole


async def test_neither_a_key_nor_a_password_is_kept(house: House, rows: Rows) -> None:
    path, body = await REQUESTS["addMember"](house)
    await house.post(path, body, Idempotency_Key=(name := key()))
    kept = repr(await rows.of("idempotency_keys"))
    assert name not in kept
    assert PASSWORD not in kept


# Where there is none


async def test_without_a_key_everything_is_done_each_time(house: House, rows: Rows) -> None:
    before = len(await rows.of("idempotency_keys"))
    body: Json = {"name": "Robot", "role": "viewer"}
    for _ in range(2):
        answer = await house.call("POST", "/v1/api-keys", body, **house.headers)
        assert REPLAYED not in answer.headers
    assert len(await rows.of("api_keys")) == 2
    assert len(await rows.of("idempotency_keys")) == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "GET"])
async def test_elsewhere_a_key_means_nothing(house: House, method: str, rows: Rows) -> None:
    member = (await house.join()).member
    path = f"/v1/members/{member['id']}"
    body = {"role": "operator"} if method == "PATCH" else None
    headers = {**house.headers, "Idempotency-Key": key()} | ({"If-Match": '"1"'} if method == "PATCH" else {})
    before = len(await rows.of("idempotency_keys"))
    assert (await house.call(method, path, body, **headers)).status_code in {200, 204}
    assert len(await rows.of("idempotency_keys")) == before
