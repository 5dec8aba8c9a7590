"""`serve`, `demo` and what becomes of the data when somebody pulls the plug."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.service.served import Served, post, processes_of, run

ADDRESS = {"name": "Ada", "line1": "1 Main Street", "city": "Ghent", "postalCode": "9000", "country": "BE"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("served")) as served:
        yield served


def test_the_demo_walks_an_order_through_its_whole_life(served: Served) -> None:
    walked = run("demo", "--base-url", served.url, cwd=served.directory)
    assert walked.returncode == 0, walked.stdout
    for sign in ("inventory-insufficient", "invalid-state-transition", "status returned", "whole life"):
        assert sign in walked.stdout
    for sign in ("402  payment-failed", "card_declined", "503  payment-outcome-unknown", "409  payment-in-progress"):
        assert sign in walked.stdout
    for money in ("captured", "partially-refunded", "refunded", "authorized"):
        assert f"paymentStatus {money}," in walked.stdout
    assert "expire-orders 1" in walked.stdout


def test_the_demo_fails_where_nobody_serves(served: Served) -> None:
    walked = run("demo", "--base-url", "http://127.0.0.1:9", cwd=served.directory)
    assert walked.returncode == 1
    assert "start ./orderwright serve first" in walked.stdout


def test_a_hundred_clients_buy_exactly_what_there_is(served: Served) -> None:
    """50 on hand, 3 in each order, beside other products in random order: 16 orders, and nobody meets an error."""
    with served.client() as client:
        scarce, *others = (_product(client, on_hand) for on_hand in (50, 1000, 1000, 1000))
        email = f"buyer-{os.getpid()}-{time.monotonic_ns()}@example.com"
        customer = post(client, "/v1/customers", {"email": email, "name": "B"}, key=f"customer-{time.monotonic_ns()}")
        start = threading.Barrier(100)

        def buy(buyer: int) -> httpx.Response:
            chance = random.Random(buyer)
            wanted = [scarce, *chance.sample(others, k=chance.randint(1, 3))]
            chance.shuffle(wanted)
            body = {
                "customerId": customer["id"],
                "items": [{"productId": product, "quantity": 3} for product in wanted],
                "shippingAddress": ADDRESS,
            }
            start.wait()
            return client.post("/v1/orders", json=body, headers={"Idempotency-Key": f"{scarce}.{buyer:03}"})

        with ThreadPoolExecutor(100) as buyers:
            answers = list(buyers.map(buy, range(100)))
        placed = [answer.json() for answer in answers if answer.status_code == 201]
        reserved = Counter(line["productId"] for order in placed for line in order["lines"] for _ in range(3))

        assert Counter(answer.status_code for answer in answers) == {201: 16, 409: 84}
        assert {answer.json()["type"].rsplit("/", 1)[-1] for answer in answers if answer.status_code == 409} == {
            "inventory-insufficient"
        }
        for product in (scarce, *others):
            stock = client.get(f"/v1/products/{product}").json()["stock"]
            assert stock["reserved"] == reserved[product]
            assert stock["onHand"] == (50 if product == scarce else 1000)


def test_kill_9_leaves_no_postgres_behind_and_loses_nothing(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        with served.client() as client:
            product = _product(client, 7)
        assert processes_of(tmp_path)
        served.kill()
        end = time.monotonic() + 5
        while processes_of(tmp_path) and time.monotonic() < end:
            time.sleep(0.05)
        assert processes_of(tmp_path) == []

        served.start()
        with served.client() as client:
            assert client.get(f"/v1/products/{product}").json()["stock"]["onHand"] == 7


def test_the_workers_of_a_killed_parent_go_with_it(tmp_path: Path) -> None:
    with Served(tmp_path, options=("--workers", "2")) as served:
        served.kill()
        end = time.monotonic() + 5
        while served.answers() and time.monotonic() < end:
            time.sleep(0.05)
        assert not served.answers()


def test_without_the_demo_nothing_starts_before_there_are_keys(tmp_path: Path) -> None:
    refused = run("serve", "--no-demo", "--port", "1", cwd=tmp_path)
    assert refused.returncode == 1
    assert "ORDERWRIGHT_SIGNING_KEY" in refused.stdout
    assert "ORDERWRIGHT_MASTER_KEY" in refused.stdout
    assert "keys new" in refused.stdout


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    first, again = (run("keys", "new", str(tmp_path / "keys"), cwd=tmp_path) for _ in range(2))
    assert first.returncode == 0
    assert first.stdout == again.stdout
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "keys").iterdir()} == {0o600}


def _product(client: httpx.Client, on_hand: int) -> str:
    sku = f"T-{os.getpid()}-{time.monotonic_ns()}"
    body = {"sku": sku, "name": sku, "unitPrice": 500, "currency": "EUR"}
    product = post(client, "/v1/products", body, key=f"create-{sku}")
    adjustment = {"change": on_hand, "reason": "received"}
    post(client, f"/v1/products/{product['id']}/stock-adjustments", adjustment, key=f"receive-{sku}")
    return str(product["id"])
