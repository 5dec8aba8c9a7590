"""Walks over HTTP, along the `Link` headers of two processes, while others write: nobody is missed or met twice."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, Final

import httpx
import pytest

from tests.service.served import Served, run
from tests.trials import trials

ORDERS: Final = trials(5_000, 150)
WRITERS: Final = trials(8, 3)
LIMIT: Final = trials(100, 20)
STATES: Final = ("pending", "confirmed", "shipped", "delivered", "cancelled", "returned")
ADDRESS: Final = {"name": "Ada", "line1": "1 Main Street", "city": "Ghent", "postalCode": "9000", "country": "BE"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("walked")
    with Served(directory, options=("--workers", "2")) as served:
        wish = ("--orders", str(ORDERS), "--products", "10", "--customers", "5", "--chance", "1")
        seeded = run("seed", *wish, cwd=directory, timeout=300)
        assert seeded.returncode == 0, seeded.stdout + seeded.stderr
        yield served


class Writers:
    """Clients who place orders and change those that are there, each over a connection of its own."""

    def __init__(self, served: Served, ids: list[str]) -> None:
        self._served, self._ids = served, ids
        self._token = {"Authorization": f"Bearer {served.token()}"}
        self._keys = count()
        self._over = threading.Event()
        self.answers: Counter[int] = Counter()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._write, args=(n,)) for n in range(WRITERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _write(self, number: int) -> None:
        chance = random.Random(number)
        with httpx.Client(base_url=self._served.url, headers=self._token, timeout=20) as client:
            sample = client.get(f"/v1/orders/{self._ids[0]}").json()
            ways: list[Callable[[], httpx.Response]] = [
                lambda: self._post(client, "/v1/orders", self._draft(sample)),
                lambda: self._note(client, chance.choice(self._ids), str(chance.random())),
                lambda: self._post(
                    client, f"/v1/orders/{chance.choice(self._ids)}/confirm", {"paymentMethod": "pm_ok"}
                ),
                lambda: self._post(client, f"/v1/orders/{chance.choice(self._ids)}/ship", {}),
            ]
            while not self._over.is_set():
                self.answers[chance.choices(ways, [2, 4, 2, 2])[0]().status_code] += 1

    def _post(self, client: httpx.Client, path: str, body: dict[str, Any]) -> httpx.Response:
        return client.post(path, json=body, headers={"Idempotency-Key": f"walks-over-http-{next(self._keys):08}"})

    @staticmethod
    def _note(client: httpx.Client, order: str, note: str) -> httpx.Response:
        tag = client.get(f"/v1/orders/{order}").headers["ETag"]
        return client.patch(f"/v1/orders/{order}", json={"note": note}, headers={"If-Match": tag})

    @staticmethod
    def _draft(sample: dict[str, Any]) -> dict[str, Any]:
        items = [{"productId": line["productId"], "quantity": 2} for line in sample["lines"]]
        return {"customerId": sample["customerId"], "items": items, "shippingAddress": ADDRESS}


def walked(client: httpx.Client, query: str, link: str) -> list[dict[str, Any]]:
    """Return every order that is met along one kind of link, in the order in which it was met."""
    met, url = [], f"{client.base_url}/v1/orders?limit={LIMIT}&{query}"
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        page = answer.json()["data"]
        met += page if link == "next" else page[::-1]
        url = answer.links.get(link, {}).get("url", "")
    return met


def test_who_was_there_throughout_is_met_exactly_once_over_http(served: Served) -> None:
    with served.client() as client:
        there = {order["id"] for order in walked(client, "sort=createdAt", "next")}
        assert len(there) == ORDERS
        writers = Writers(served, sorted(there))
        with writers.at_work():
            for sort in ("-createdAt", "createdAt", "-total", "total"):
                for direction, link in (("forward", "next"), ("backward", "prev")):
                    for status in ("", "".join(f"&status={s}" for s in STATES)):
                        met = walked(client, f"sort={sort}&direction={direction}{status}", link)
                        times = Counter(order["id"] for order in met)
                        assert {times[order] for order in there} == {1}, (sort, direction, status)
                        assert set(times.values()) == {1}, "nor is anything new met twice"
                        by = sort.removeprefix("-")
                        places = [(order[by], order["id"]) for order in met]
                        assert places == sorted(places, reverse=sort.startswith("-") is (link == "next"))
    assert writers.answers.keys() <= {200, 201, 409, 412}, writers.answers
    assert writers.answers[200] + writers.answers[201] > 16, "and others wrote meanwhile"
