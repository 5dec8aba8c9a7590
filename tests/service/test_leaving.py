"""Told to stop under load: it says so, ends what has begun, and drops nobody; counted by who sent."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from entrypoints import serving
from entrypoints.leaving import NOTICE
from tests.service.served import Served
from tests.service.sockets import answers_in
from tests.trials import trials


def test_notice_is_a_part_of_the_twenty_seconds() -> None:
    assert serving.DRAIN == 20
    assert 0 < NOTICE < serving.DRAIN


class Clients:
    """Each sends one request after another over connections that are kept, and stops where nobody listens any more."""

    def __init__(self, served: Served, number: int) -> None:
        self._url, self._numbers = served.url, count()
        self._token = {"Authorization": f"Bearer {served.token()}"}
        self.answered: Counter[int] = Counter()
        self.dropped: list[str] = []
        self._threads = [threading.Thread(target=self._ask) for _ in range(number)]
        for thread in self._threads:
            thread.start()

    def _ask(self) -> None:
        with httpx.Client(base_url=self._url, headers=self._token, timeout=30) as client:
            while True:
                name = f"leaving-{time.monotonic_ns()}-{next(self._numbers)}"
                body = {"sku": name, "name": name, "unitPrice": 500, "currency": "EUR"}
                try:
                    answer = client.post("/v1/products", json=body, headers={"Idempotency-Key": name})
                except httpx.ConnectError:  # refused: whoever sends requests knows that nothing was begun
                    return
                except httpx.TransportError as error:
                    self.dropped.append(repr(error))
                    return
                self.answered[answer.status_code] += 1

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()


@pytest.mark.parametrize("time_", range(trials(10, 1)))
@pytest.mark.parametrize("processes", ["1", "2"])
def test_no_request_is_dropped(tmp_path: Path, processes: str, time_: int) -> None:
    with Served(tmp_path, options=("--workers", processes)) as served:
        clients = Clients(served, 8)
        end = time.monotonic() + 30
        while clients.answered[201] < 100:
            assert time.monotonic() < end
            time.sleep(0.02)
        began = time.monotonic()
        served._process.send_signal(signal.SIGTERM)  # type: ignore[union-attr]
        clients.join()
        assert served._process.wait(30) == 0  # type: ignore[union-attr]
        assert time.monotonic() - began < serving.DRAIN
        assert clients.dropped == []
        assert set(clients.answered) == {201}
        served.check_books()


@pytest.fixture
def leaving(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as served:
        yield served


def test_it_gives_notice_and_serves_until_the_door_is_closed(leaving: Served) -> None:
    """And what had begun before ends after it."""
    import socket

    with httpx.Client(base_url=leaving.url, timeout=30) as client:
        assert client.get("/health/ready").headers.get("connection") != "close"
        begun = socket.create_connection(("127.0.0.1", leaving.port), timeout=30)
        login = b'{"organization": "demo", "email": "owner@demo.example", "password": "correct horse battery"}'
        head = (
            f"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(login)}"
        )
        begun.sendall(head.encode() + b"\r\n\r\n" + login[:10])
        time.sleep(0.2)
        leaving._process.send_signal(signal.SIGTERM)  # type: ignore[union-attr]
        told = time.monotonic()
        while (answer := client.get("/health/ready")).status_code == 200:
            assert time.monotonic() - told < 2
            time.sleep(0.02)
        assert answer.status_code == 503
        assert (answer.headers["connection"], answer.headers["Retry-After"]) == ("close", "1")
        assert client.get("/health/live").status_code == 200, "whoever comes now is served all the same"
        time.sleep(NOTICE + 0.3 - (time.monotonic() - told))
        with pytest.raises(httpx.ConnectError):
            client.get("/health/live")
        begun.sendall(login[10:])
        raw = bytearray()
        while piece := begun.recv(65536):
            raw += piece
        begun.close()
        (last,) = answers_in(bytes(raw))
        assert (last.status, last.headers["connection"]) == (200, "close")
    assert leaving._process.wait(20) == 0  # type: ignore[union-attr]
