"""All that a service says on stderr while it is given every kind of secret: lines of JSON, and none of the secrets."""

import json
import time
from pathlib import Path
from typing import Any

import httpx

from entrypoints.demo_data import OWNER_EMAIL, PASSWORD, SLUG
from tests.service.served import Served, post

ADDRESS = {"name": "Ada", "line1": "1 Main Street", "city": "Ghent", "postalCode": "9000", "country": "BE"}

MEMBERS = set(
    "time level logger message method path operation status durationMs requestId problem instance organization"
    " principal client".split()
)


def test_it_says_what_happened_and_nothing_secret(tmp_path: Path) -> None:
    environment = {"ORDERWRIGHT_STRIPE_KEY": "sk_test_a_key_that_nobody_has"}
    with Served(tmp_path, environment=environment) as served, served.client() as client:
        secrets = _given(client)
        time.sleep(0.5)
        _refused(served, secrets)
        keys = {file.name: file.read_text().strip() for file in (tmp_path / ".data").glob("*.key")}
        sets = json.loads((tmp_path / ".data" / "signing.jwk").read_text())
        secrets |= keys | {f"signing-{key['kid']}": key["d"] for key in sets.get("keys", [sets])}
    secrets["stripe"] = environment["ORDERWRIGHT_STRIPE_KEY"]
    text = (tmp_path / "serve.log").read_text()
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    said = "\n".join(map(json.dumps, lines))
    assert {name for name, secret in secrets.items() if secret in said} == set()
    requests = [line for line in lines if line["logger"] == "orderwright.requests"]
    assert all(set(line) == MEMBERS for line in requests)
    (confirmed,) = [line for line in requests if line["operation"] == "confirmOrder" and line["status"] == 200]
    assert confirmed["organization"]
    assert confirmed["principal"].startswith("user:")
    assert confirmed["durationMs"] > 0
    (declined,) = [line for line in requests if line["status"] == 402]
    assert (declined["problem"], declined["operation"]) == ("payment-failed", "confirmOrder")
    worked = [line for line in lines if line["logger"] == "orderwright.worker"]
    assert worked


def _given(client: httpx.Client) -> dict[str, str]:
    """Send every secret that there is, and return what was sent and told."""
    secrets = {"password": PASSWORD, "access token": client.headers["Authorization"].removeprefix("Bearer ")}
    login = {"organization": SLUG, "email": OWNER_EMAIL, "password": PASSWORD}
    secrets["refresh token"] = client.post("/v1/auth/login", json=login).json()["refreshToken"]
    key = post(client, "/v1/api-keys", {"name": "till", "role": "operator"}, key="api-key-000000000000000")["key"]
    secrets["api key"] = key
    assert client.get("/v1/me", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    secrets["api key, its secret"] = key.rpartition(".")[2]
    secrets["idempotency key"] = "an-idempotency-key-of-somebody"
    buyer = {"email": "bob-the-buyer@example.com", "name": "Bob"}
    customer = post(client, "/v1/customers", buyer, key=secrets["idempotency key"])["id"]
    secrets["a customer's address"] = buyer["email"]
    secrets["a payment method"] = "pm_decline"
    secrets["a query"] = "q-that-is-nobodys-business"
    client.get("/v1/products", params={"q": secrets["a query"]})
    product = client.get("/v1/products?status=active").json()["data"][0]
    for number, method in enumerate(("pm_decline", "pm_ok")):
        items = [{"productId": product["id"], "quantity": 1}]
        wanted = {"customerId": customer, "items": items, "shippingAddress": ADDRESS}
        order = post(client, "/v1/orders", wanted, key=f"order-{number:020}")
        answer = client.post(
            f"/v1/orders/{order['id']}/confirm",
            json={"paymentMethod": method},
            headers={"Idempotency-Key": f"confirm-{number:020}"},
        )
        assert answer.status_code == (200 if method == "pm_ok" else 402), answer.text
    secrets["a street"] = ADDRESS["line1"]
    return secrets


def _refused(served: Served, secrets: dict[str, str]) -> None:
    """Send what is refused: a wrong password, a made-up token, a broken body, no HTTP at all."""
    secrets["a wrong password"] = "wrong but long enough to be one"
    login = {"organization": SLUG, "email": OWNER_EMAIL, "password": secrets["a wrong password"]}
    assert httpx.post(f"{served.url}/v1/auth/login", json=login).status_code == 401
    secrets["a made-up token"] = "made-up.token.of-somebody"
    headers = {"Authorization": f"Bearer {secrets['a made-up token']}"}
    assert httpx.get(f"{served.url}/v1/me", headers=headers).status_code == 401
    secrets["a broken body"] = "half-a-secret"
    body = f'{{"password": "{secrets["a broken body"]}'
    headers = {"Content-Type": "application/json"}
    assert httpx.post(f"{served.url}/v1/auth/login", content=body, headers=headers).status_code == 400
    secrets["in an address"] = "secret-in-a-path"
    assert httpx.get(f"{served.url}/v1/{secrets['in an address']}").status_code == 404
