"""What is asked of a request, in which order: the first thing that is wrong is the one that is told."""

from typing import Any

import pytest

from adapters.http.operations import KEYED
from application.access import OPERATIONS
from domain.identity.roles import Role
from tests.http.house import UNKNOWN, House, key, pointers, problem, raw

ORDER = f"/v1/orders/{UNKNOWN}"

STEPS: list[tuple[str, dict[str, Any]]] = [
    ("payload-too-large", {"content": b" " * (1024 * 1024 + 1)}),
    ("authentication-required", {"headers": {"Authorization": None}}),
    ("insufficient-permissions", {"role": Role.VIEWER}),
    ("unsupported-media-type", {"headers": {"Content-Type": "text/plain"}}),
    ("idempotency-key-required", {"headers": {"Idempotency-Key": None}}),
    ("validation-error", {"headers": {"If-Match": "*"}}),
    ("malformed-request", {"content": b"{"}),
    ("resource-not-found", {}),
]


@pytest.mark.parametrize("first", range(len(STEPS)))
async def test_of_many_wrongs_the_first_is_told(house: House, first: int) -> None:
    wrongs = [wrong for _, wrong in STEPS[first:]]
    headers = {"Idempotency-Key": key(), "Content-Type": "application/json"}
    content = next((wrong["content"] for wrong in wrongs if "content" in wrong), b'{"paymentMethod": "pm_ok"}')
    roles = [wrong["role"] for wrong in wrongs if "role" in wrong]
    headers |= await house.as_role(roles[0]) if roles else house.headers
    for wrong in wrongs:
        headers |= wrong.get("headers", {})
    sent = {name: value for name, value in headers.items() if value is not None}
    problem(await house.client.post(f"{ORDER}/confirm", content=content, headers=sent), STEPS[first][0])


async def test_everything_else_that_is_invalid_comes_at_once(house: House) -> None:
    answer = await house.post("/v1/orders/42/cancel?x=1", {"reason": "", "y": 1}, Prefer="dry-run")
    assert pointers(answer) == {
        "/path/id": "format",
        "/header/Prefer": "not-supported",
        "/query/x": "unknown",
        "/reason": "too-short",
        "/y": "unknown",
    }


@pytest.mark.parametrize(
    "id", ["42", "0190a0a0000070008000000000000000", "%00", "{0190a0a0-0000-7000-8000-000000000000}"]
)
async def test_ids_are_uuids_with_their_dashes(house: House, id: str) -> None:
    assert pointers(await house.get(f"/v1/orders/{id}")) == {"/path/id": "format"}


@pytest.mark.parametrize("operation", ["confirm", "ship", "cancel", "return"])
async def test_actions_that_move_stock_or_money_require_a_key(house: House, operation: str) -> None:
    answer = await house.client.post(f"{ORDER}/{operation}", headers=house.headers, json={"paymentMethod": "pm_ok"})
    problem(answer, "idempotency-key-required")


def test_keyed_are_exactly_the_operations_of_the_contract() -> None:
    by_hand = {"placeOrder", "adjustStock", "confirmOrder", "shipOrder", "cancelOrder", "returnOrder"}
    assert by_hand == KEYED
    assert set(OPERATIONS) >= KEYED


@pytest.mark.parametrize("path", ["/v1/products", "/v1/customers", f"{ORDER}/deliver"])
async def test_elsewhere_a_key_can_be_left_out_but_not_be_wrong(house: House, path: str) -> None:
    without = await house.client.post(path, headers=house.headers, json={"x": 1})
    problem(without, "validation-error")
    problem(await house.post(path, {}, Idempotency_Key="short"), "idempotency-key-invalid")


@pytest.mark.parametrize(
    "good",
    [
        "a" * 16,
        "A9_.:-" * 5,
        "x" * 255,
        f'"{"a" * 16}"',
        '"a key with spaces, 16+"',
        '"0123456789\\"abcdef"',
        f" {'a' * 16} ",
    ],
)
async def test_keys_are_bare_words_or_quoted_strings(house: House, good: str) -> None:
    problem(await house.post(f"{ORDER}/ship", {}, Idempotency_Key=good), "resource-not-found")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "a" * 15,
        "a" * 256,
        "a b" * 8,
        "schlüssel-schlüssel",
        '"short"',
        '"' + "a" * 16,
        '"aaaaaaaaaaaaaaaa\\a"',
        "a" * 16 + ",",
    ],
)
async def test_anything_else_is_no_key(house: House, bad: str) -> None:
    answer = await house.client.post(
        f"{ORDER}/ship", headers={**house.headers, "Idempotency-Key": bad.encode()}, json={}
    )
    problem(answer, "idempotency-key-invalid")


@pytest.mark.parametrize("bad", ["*", 'W/"1"', "1", '"x"', '"0"', '"01"', '"1", "2"', '""', '"99999999999"'])
async def test_if_match_is_one_strong_version(house: House, bad: str) -> None:
    answer = await house.post(f"{ORDER}/ship", {}, If_Match=bad)
    assert pointers(answer) == {"/header/If-Match": "format"}


@pytest.mark.parametrize("header", ["Authorization", "Idempotency-Key", "If-Match", "Content-Type"])
async def test_a_header_of_ours_stands_once(house: House, header: str) -> None:
    headers = {"Idempotency-Key": key(), "If-Match": '"1"', "Content-Type": "application/json", **house.headers}
    twice = [*headers.items(), (header, headers[header])]
    status, body = await raw(house.client.app, "POST", f"{ORDER}/ship", twice)
    assert status == 400
    assert header in body["detail"]


@pytest.mark.parametrize("authorization", ["", "Basic dXNlcjpwdw==", "Token x", "Bearerx"])
async def test_what_is_no_bearer_token_is_no_authentication(house: House, authorization: str) -> None:
    answer = await house.client.get("/v1/me", headers={"Authorization": authorization})
    problem(answer, "authentication-required")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="orderwright"'


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "Bearer", "ä" * 10, "x" * 9000])
async def test_what_is_no_token_is_invalid(house: House, token: str) -> None:
    answer = await house.client.get("/v1/me", headers={"Authorization": f"Bearer {token}".encode()})
    problem(answer, "invalid-token")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


async def test_the_scheme_is_read_in_any_case(house: House) -> None:
    answer = await house.client.get("/v1/me", headers={"Authorization": f"bEARER {house.token}"})
    assert answer.status_code == 200


async def test_a_rehearsal_that_is_asked_for_beside_something_else_is_still_refused(house: House) -> None:
    order = await house.order()
    headers = [*house.headers.items(), ("Prefer", "dry-run"), ("Prefer", "respond-async"), ("Idempotency-Key", key())]
    answer = await house.client.post(f"/v1/orders/{order['id']}/cancel", headers=headers)
    assert pointers(answer) == {"/header/Prefer": "not-supported"}
