"""What is invalid: all of it in one answer, everywhere; nothing unknown is ignored, nothing of ours can be set."""

import json
from typing import Any, Final

import msgspec
import pytest
from litestar import Litestar

from adapters.http.fields import WORDS
from tests.http.every_operation import every_operation
from tests.http.house import House, key, pointers, problem

SERVER_OWNED: Final = {
    "id": "0190a0a0-0000-7000-8000-000000000000",
    "organizationId": "0190a0a0-0000-7000-8000-000000000000",
    "version": 7,
    "createdAt": "2020-01-01T00:00:00Z",
    "updatedAt": "2020-01-01T00:00:00Z",
    "expiresAt": "2020-01-01T00:00:00Z",
    "status": "delivered",
    "paymentStatus": "captured",
    "total": 1,
    "refunded": 1,
    "number": "7KQ2-9XMB-H",
    "lines": [],
    "stock": {"onHand": 1000},
    "actor": "somebody",
    "prefix": "ow_",
    "__proto__": {},
}
"""What we decide, with values that would be good ones."""

SETTABLE: Final = {("changeProduct", "status"), ("changeWebhookEndpoint", "status")}
"""What a client may say after all: a patch archives a product and brings it back, or lets an endpoint hear nothing."""


async def test_nine_wrongs_in_path_query_headers_and_body_are_nine_entries_of_one_problem(house: House) -> None:
    wrong = {
        "shippingAddress": {"line1": "", "country": "Germany", "planet": "Earth"},
        "note": "x" * 501,
        "total": 1,
    }
    headers = {**house.headers, "If-Match": 'W/"1"', "Prefer": "dry-run"}
    answer = await house.client.patch("/v1/orders/42?silently=1", json=wrong, headers=headers)
    told = problem(answer, "validation-error")["errors"]
    assert {entry["pointer"]: entry["code"] for entry in told} == {
        "/path/id": "format",
        "/query/silently": "unknown",
        "/header/If-Match": "format",
        "/header/Prefer": "not-supported",
        "/shippingAddress/line1": "too-short",
        "/shippingAddress/country": "too-long",
        "/shippingAddress/planet": "unknown",
        "/note": "too-long",
        "/total": "unknown",
    }
    assert len(told) == 9
    assert all(entry.keys() == {"pointer", "code", "message"} and entry["message"] for entry in told)


async def test_wrong_parameters_come_at_once_too(house: House) -> None:
    query = "status=lost&status=&customerId=42&createdFrom=yesterday&totalFrom=-1&totalTo=1.5&limit=0&direction=up&x=1"
    answer = await house.get(f"/v1/orders?{query}", Prefer="dry-run")
    assert pointers(answer) == {
        "/header/Prefer": "not-supported",
        "/query/status/0": "not-one-of",
        "/query/status/1": "not-one-of",
        "/query/customerId": "too-short",
        "/query/createdFrom": "format",
        "/query/totalFrom": "too-small",
        "/query/totalTo": "type",
        "/query/limit": "too-small",
        "/query/direction": "not-one-of",
        "/query/x": "unknown",
    }


async def test_what_only_the_whole_can_say_is_said_beside_the_rest(house: House) -> None:
    product = await house.product()
    answer = await house.post(f"/v1/products/{product['id']}/stock-adjustments", {"change": 0, "note": ""})
    assert pointers(answer) == {"/change": "not-zero", "/reason": "missing", "/note": "too-short"}
    ends = "createdFrom=9999-12-31T23:59:59-01:00&createdTo=0001-01-01T00:00:00%2B01:00&limit=0"
    assert pointers(await house.get(f"/v1/orders?{ends}")) == {
        "/query/createdFrom": "out-of-range",
        "/query/createdTo": "out-of-range",
        "/query/limit": "too-small",
    }


async def test_no_operation_ignores_an_unknown_parameter(house: House, app: Litestar) -> None:
    for asked in every_operation(app):
        answer = await asked.of(app, *house.headers.items(), query="surprise=1&limit%00=2")
        assert (answer.status, answer.slug) == (400, "validation-error"), asked
        told = {entry["pointer"]: entry["code"] for entry in json.loads(answer.body)["errors"]}
        assert told.items() >= {"/query/surprise": "unknown", "/query/limit\x00": "unknown"}.items(), asked


async def test_no_operation_takes_what_is_ours_to_say(house: House, app: Litestar) -> None:
    """But for an event of Stripe's, which says what Stripe likes, and of which nothing is taken."""
    with_bodies = [asked for asked in every_operation(app) if asked.operation.body and not asked.operation.signed]
    assert len(with_bodies) > 15
    for asked in with_bodies:
        answer = await asked.of(app, *house.headers.items(), body=json.dumps(SERVER_OWNED).encode())
        assert (answer.status, answer.slug) == (400, "validation-error"), asked
        unknown = {e["pointer"] for e in json.loads(answer.body)["errors"] if e["code"] == "unknown"}
        ours = {f"/{name}" for name in SERVER_OWNED if (asked.operation.id, name) not in SETTABLE}
        taken = {field.encode_name for field in msgspec.structs.fields(asked.operation.body or msgspec.Struct)}
        assert unknown >= ours - ({"/lines"} if "lines" in taken else set()), asked


@pytest.mark.parametrize("operation", ["POST /v1/orders", "PATCH /v1/customers/{id}"])
async def test_nor_does_anything_inside_a_body(house: House, operation: str) -> None:
    method, path = operation.split()
    customer = await house.customer()
    draft = await house.draft()
    inside = {"id": "1", "version": 1, "unitPrice": 0, "lineTotal": 0}
    draft["items"][0].update(inside)
    draft["shippingAddress"] = {**draft["shippingAddress"], **inside}
    body = draft if method == "POST" else {"shippingAddress": draft["shippingAddress"]}
    headers = {**house.headers, "If-Match": '"1"', "Idempotency-Key": key()}
    answer = await house.client.request(method, path.format(id=customer["id"]), json=body, headers=headers)
    places = ["/items/0", "/shippingAddress"] if method == "POST" else ["/shippingAddress"]
    assert pointers(answer) == {f"{place}/{name}": "unknown" for place in places for name in inside}


# Words


def _patterns(node: Any) -> set[str]:
    """Every pattern that something has to fit; not those that nothing may fit."""
    found = {node["pattern"]} if isinstance(node, dict) and isinstance(node.get("pattern"), str) else set()
    wanted = [part for name, part in node.items() if name != "not"] if isinstance(node, dict) else node
    parts = wanted if isinstance(wanted, list) else ()
    return found.union(*map(_patterns, parts))


def test_every_pattern_that_a_client_can_break_is_told_in_words(app: Litestar) -> None:
    operations = app.state.operations.values()
    read = [shape for operation in operations for shape in (operation.body, operation.query) if shape]
    _, components = msgspec.json.schema_components(read, ref_template="{name}")
    assert _patterns(components) == WORDS.keys()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("currency", "eur", "Expected a currency that is in use, by its ISO 4217 code in capitals, such as EUR."),
        ("sku", "a b", "Expected a text without white space and control characters."),
        ("name", "a\x00", "Expected a text without the character U+0000."),
    ],
)
async def test_a_pattern_is_told_in_words_and_the_code_stays(house: House, field: str, value: str, words: str) -> None:
    body = {"sku": "A", "name": "Apple", "unitPrice": 1, "currency": "EUR", field: value}
    [error] = problem(await house.post("/v1/products", body), "validation-error")["errors"]
    assert error == {"pointer": f"/{field}", "code": "format", "message": words}


async def test_no_pattern_goes_over_the_wire(house: House, app: Litestar) -> None:
    for asked in every_operation(app):
        if asked.operation.body and not asked.operation.signed:  # Stripe's events have no pattern
            fields = msgspec.structs.fields(asked.operation.body)
            wrong = json.dumps({field.encode_name: "\x00" * 36 for field in fields} | {"unknown": 1}).encode()
            answer = await asked.of(app, *house.headers.items(), body=wrong)
            assert answer.slug == "validation-error"
            assert b"regex" not in answer.body, asked
