"""What every answer carries."""

import pytest

from tests.http.house import House


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/v1/me"])
async def test_a_good_request_id_comes_back(house: House, path: str) -> None:
    answer = await house.client.get(path, headers={"X-Request-Id": "My.request_id-42"})
    assert answer.headers["X-Request-Id"] == "My.request_id-42"


@pytest.mark.parametrize("theirs", ["short", "x" * 65, "with space", "<script>!", "ünïcödé-id"])
async def test_a_bad_request_id_is_replaced(house: House, theirs: str) -> None:
    answer = await house.client.get("/health/live", headers={"X-Request-Id": theirs.encode()})
    assert answer.headers["X-Request-Id"] != theirs
    assert len(answer.headers["X-Request-Id"]) == 36


async def test_private_data_stays_with_who_asked(house: House) -> None:
    order = await house.order()
    for path in ("/v1/me", "/v1/orders", f"/v1/orders/{order['id']}", "/v1/products"):
        headers = (await house.get(path)).headers
        assert headers["Cache-Control"] == "private, no-cache"
        assert headers["Vary"] == "Authorization"


async def test_problems_are_not_kept(house: House) -> None:
    for path in ("/nowhere", "/v1/orders/42"):
        assert (await house.get(path)).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/openapi.json", "/docs", "/problems", "/.well-known/jwks.json", "/v1/state-machines/order"]
)
async def test_what_is_everybodys_may_be_kept(house: House, path: str) -> None:
    assert (await house.client.get(path)).headers["Cache-Control"].startswith("public, max-age=")


async def test_health_is_not_kept(house: House) -> None:
    for path in ("/health/live", "/health/ready"):
        answer = await house.client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert answer.headers["Cache-Control"] == "no-store"


async def test_the_keys_are_public_and_only_public(house: House) -> None:
    answer = await house.client.get("/.well-known/jwks.json")
    signing, following = answer.json()["keys"]
    assert signing["kid"] != following["kid"]
    for key in (signing, following):
        assert key.keys() == {"kty", "crv", "x", "kid", "use", "alg"}
        assert (key["alg"], key["use"]) == ("Ed25519", "sig")


@pytest.mark.parametrize("path", ["/health/live", "/v1/me", "/docs", "/nowhere", "/v1/auth/login"])
async def test_head_is_get_without_its_body(house: House, path: str) -> None:
    """RFC 9110, section 9.3.2: the same status and headers."""
    named = {**house.headers, "X-Request-Id": "my-request-42"}
    got = await house.client.get(path, headers=named)
    house.client.event_hooks, hooks = {"request": [], "response": []}, house.client.event_hooks
    try:
        head = await house.client.head(path, headers=named)
    finally:
        house.client.event_hooks = hooks
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers == got.headers
