"""Bodies that are wrong in every way: told exactly, never a 5xx."""

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.http.order_bodies import PlaceOrderBody
from adapters.http.problems import Rejected
from adapters.http.reading import Invalid, read_json
from tests.http.house import ADDRESS, UNKNOWN, House, key, pointers, problem, raw

GOOD: dict[str, Any] = {
    "customerId": UNKNOWN,
    "items": [{"productId": UNKNOWN, "quantity": 1}],
    "shippingAddress": ADDRESS,
}


async def _sent(house: House, content: bytes, media_type: str | None = "application/json", **headers: str) -> Any:
    named = {"Content-Type": media_type} if media_type else {}
    all_headers = {**house.headers, **named, "Idempotency-Key": key(), **headers}
    return await house.client.post("/v1/orders", content=content, headers=all_headers)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"{",
        b"nonsense",
        b'{"note": "\xff"}',
        b'{"note": "\xed\xa0\x80"}',
        b'{"note": "\\ud800"}',
        b'{"note": "a\x00b"}',
        b'{"x": NaN}',
        b'{"x": 1, "y": Infinity}',
        b'{"x": 1, "x": 2}',
        b'{"x": {"y": 1, "y": 1}}',
        b"{} {}",
        b'{"x": 1,}',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"customerId": 1, "\\ud800": 1}',
        b'{"items": "x", "note": "\\udc00"}',
        b'{"x":' * 40 + b"1" + b"}" * 40,
        b'{"x":' + b"[" * 33 + b"]" * 33 + b"}",
        b'{"x":' + b"9" * 5000 + b"}",
        "{}".encode("utf-16"),
    ],
)
async def test_what_is_no_json_is_malformed(house: House, content: bytes) -> None:
    problem(await _sent(house, content), "malformed-request")


async def test_a_member_is_named_once_even_where_all_is_valid(house: House) -> None:
    valid = json.dumps(GOOD)
    twice = f'{valid[:-1]}, "note": "a", "note": "b"}}'
    assert "twice" in problem(await _sent(house, twice.encode()), "malformed-request")["detail"]
    deep = valid.replace('"quantity": 1', '"quantity": 1, "quantity": 1')
    problem(await _sent(house, deep.encode()), "malformed-request")


@pytest.mark.parametrize("content", [b"null", b"[]", b'"text"', b"1", b"true", b"1e999"])
async def test_what_is_no_object_is_invalid_as_a_whole(house: House, content: bytes) -> None:
    assert pointers(await _sent(house, content)) == {"": "type"}


async def test_all_invalid_fields_come_at_once(house: House) -> None:
    body = {
        "items": [{"productId": "42", "quantity": 0}, {"quantity": 1000, "price": 1}, 7],
        "shippingAddress": {**ADDRESS, "country": "gb", "planet": "Earth", "line2": ""},
        "note": "x" * 501,
        "externalReference": 5,
        "a/b~c": 1,
    }
    assert pointers(await house.post("/v1/orders", body)) == {
        "/customerId": "missing",
        "/items/0/productId": "too-short",
        "/items/0/quantity": "too-small",
        "/items/1/productId": "missing",
        "/items/1/quantity": "too-large",
        "/items/1/price": "unknown",
        "/items/2": "type",
        "/shippingAddress/line2": "too-short",
        "/shippingAddress/country": "format",
        "/shippingAddress/planet": "unknown",
        "/note": "too-long",
        "/externalReference": "type",
        "/a~1b~0c": "unknown",
    }


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("quantity", 1.5, "type"),
        ("quantity", True, "type"),
        ("quantity", "1", "type"),
        ("quantity", None, "type"),
        ("quantity", 10**30, "too-large"),
        ("quantity", 1e300, "type"),
        ("productId", "0190a0a0000070008000000000000000", "too-short"),
        ("productId", "0190a0a0-0000-7000-8000-00000000000\n", "format"),
        ("productId", "g190a0a0-0000-7000-8000-000000000000", "format"),
    ],
)
async def test_values_are_what_they_are(house: House, field: str, value: object, code: str) -> None:
    body = {**GOOD, "items": [{**GOOD["items"][0], field: value}]}
    assert pointers(await house.post("/v1/orders", body)) == {f"/items/0/{field}": code}


@pytest.mark.parametrize(("count", "code"), [(0, "too-short"), (101, "too-long")])
async def test_items_are_one_to_a_hundred(house: House, count: int, code: str) -> None:
    body = {**GOOD, "items": GOOD["items"] * count}
    assert pointers(await house.post("/v1/orders", body)) == {"/items": code}


async def test_eleven_items_are_a_matter_of_the_policy(house: House) -> None:
    body = await house.draft()
    body["items"] = [{"productId": (await house.product())["id"], "quantity": 1} for _ in range(11)]
    [violation] = problem(await house.post("/v1/orders", body), "business-rule-violation")["violations"]
    assert (violation["code"], violation["pointer"]) == ("max-items-exceeded", "/items")


@pytest.mark.parametrize("text", ["a\x00b", "\x00"])
async def test_no_text_has_a_nul(house: House, text: str) -> None:
    assert pointers(await house.post("/v1/orders", {**GOOD, "note": text})) == {"/note": "format"}


async def test_any_other_text_is_kept_as_it_is(house: House) -> None:
    note = "Zeile 1\nZeile 2\t\u202e 🦀 \\u0000 é é"
    assert (await house.order(note=note))["note"] == note


async def test_money_is_as_large_as_javascript_can_say(house: House) -> None:
    body = {"sku": "A", "name": "A", "currency": "EUR"}
    assert pointers(await house.post("/v1/products", {**body, "unitPrice": 2**53})) == {"/unitPrice": "too-large"}
    assert pointers(await house.post("/v1/products", {**body, "unitPrice": -1})) == {"/unitPrice": "too-small"}
    assert pointers(await house.post("/v1/products", {**body, "unitPrice": 9.99})) == {"/unitPrice": "type"}
    dearest = await house.post("/v1/products", {**body, "unitPrice": 2**53 - 1})
    assert dearest.json()["unitPrice"] == 2**53 - 1


@pytest.mark.parametrize(
    "media_type", [None, "text/plain", "application/xml", "application/json-patch+json", "multipart/form-data"]
)
async def test_bodies_are_json_and_say_so(house: House, media_type: str | None) -> None:
    problem(await _sent(house, json.dumps(GOOD).encode(), media_type), "unsupported-media-type")


async def test_bodies_are_not_compressed(house: House) -> None:
    answer = await _sent(house, json.dumps(GOOD).encode(), **{"Content-Encoding": "gzip"})
    problem(answer, "unsupported-media-type")


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON; charset=utf-8"])
async def test_json_is_json_in_any_spelling(house: House, media_type: str) -> None:
    problem(await _sent(house, json.dumps(GOOD).encode(), media_type), "business-rule-violation")


async def test_a_body_of_a_mebibyte_is_the_most(house: House) -> None:
    most = b"{" + b" " * (1024 * 1024 - 2) + b"}"
    problem(await _sent(house, most), "validation-error")
    problem(await _sent(house, most + b" "), "payload-too-large")


CHUNKED = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}


async def test_a_body_that_never_says_how_long_it_is_is_counted(house: House) -> None:
    headers = {**house.headers, **CHUNKED, "Idempotency-Key": key()}
    status, body = await raw(house.client.app, "POST", "/v1/orders", [*headers.items()], *[b" " * 65536] * 40)
    assert (status, body["type"].rpartition("/")[2]) == (413, "payload-too-large")


async def test_a_body_that_ends_early_is_malformed(house: House) -> None:
    headers = {**house.headers, **CHUNKED, "Idempotency-Key": key()}
    status, body = await raw(house.client.app, "POST", "/v1/orders", [*headers.items()], b'{"note":')
    assert (status, body["type"].rpartition("/")[2]) == (400, "malformed-request")


async def test_a_list_that_is_too_long_is_not_told_item_by_item(house: House) -> None:
    body = {**GOOD, "items": [{}] * 10_000}
    assert set(pointers(await house.post("/v1/orders", body))) == {
        "/items",
        "/items/0/productId",
        "/items/0/quantity",
    }


async def test_an_answer_is_not_much_longer_than_its_request(house: House) -> None:
    body = {f"field-{i}": 1 for i in range(5000)}
    assert len(problem(await house.post("/v1/orders", body), "validation-error")["errors"]) == 1000


VALID = json.dumps({**GOOD, "note": "n"}).encode()


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_mutated_body_is_read_or_refused(data: st.DataObject) -> None:
    """Whatever bytes change, nothing but our own refusals comes out."""
    raw = bytearray(VALID)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    with suppress(Invalid, Rejected):
        assert isinstance(read_json(bytes(raw), PlaceOrderBody), PlaceOrderBody)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "note", "x"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(JSON)
def test_whatever_is_refused_names_at_least_one_field(value: Any) -> None:
    with pytest.raises(Invalid) as refused:  # an order needs more than such values have
        read_json(json.dumps(value).encode(), PlaceOrderBody)
    assert refused.value.errors
    assert all(error.code != "invalid" for error in refused.value.errors)


async def test_no_body_keeps_us_busy(house: House) -> None:
    """A string that never ends, of quotes alone: looked through once, not once from each of them."""
    start = time.process_time()
    answer = await _sent(house, b'1"' + rb"\"" * 400_000)
    problem(answer, "malformed-request")
    assert time.process_time() - start < 5


async def test_who_is_not_known_sends_little(house: House) -> None:
    body = json.dumps({"organization": "o" * 17_000, "email": "a@b.example", "password": "p" * 20})
    answer = await house.client.post("/v1/auth/login", content=body, headers={"Content-Type": "application/json"})
    problem(answer, "payload-too-large")


@pytest.mark.parametrize("written", ["7.0", "7e0", "70E-1", "7.00000"])
async def test_a_whole_number_may_be_written_with_a_point(house: House, written: str) -> None:
    """To JSON Schema, by which clients read the contract, 7.0 is an integer."""
    body = f'{{"sku":"S{written}","name":"N","unitPrice":{written},"currency":"EUR"}}'
    headers = {**house.headers, "Content-Type": "application/json"}
    answer = await house.client.post("/v1/products", content=body, headers=headers)
    assert (answer.status_code, answer.json()["unitPrice"]) == (201, 7)


@pytest.mark.parametrize(
    "written", ["7.5", "0.99999999999999999999", "9007199254740991.5", "1e-99999999", "7" * 25 + ".0"]
)
async def test_what_is_not_whole_is_refused_and_never_rounded(house: House, written: str) -> None:
    body = f'{{"sku":"S","name":"N","unitPrice":{written},"currency":"EUR"}}'
    headers = {**house.headers, "Content-Type": "application/json"}
    assert pointers(await house.client.post("/v1/products", content=body, headers=headers)) == {"/unitPrice": "type"}


@pytest.mark.parametrize(("sku", "status"), [("a\x1eb", 400), ("a\x85b", 400), ("a\ufeffb", 400), ("a\u200bb", 201)])
async def test_white_space_is_the_same_to_every_client(house: House, sku: str, status: int) -> None:
    body = {"sku": sku, "name": "N", "unitPrice": 1, "currency": "EUR"}
    assert (await house.post("/v1/products", body)).status_code == status
