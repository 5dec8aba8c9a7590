"""The database goes away, or stands still, under load: everybody is told in time, and nothing that was said is lost."""

import asyncio
import os
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.postgres.founding import LOGIN, found_database
from entrypoints.keys import make_keys
from tests.service.served import Served, post
from tests.trials import trials

OWNER: Final = {"email": "ada@example.com", "name": "Ada", "password": "a long enough password"}

TOLD: Final = 2.0
"""Seconds within which it is not ready."""

BACK: Final = 5.0
"""Seconds within which everything is served again."""

AWAY: Final = 6.0
"""Seconds for which the database is away: longer than a request has (5 s), so that who waits for it is told."""


@dataclass(slots=True)
class Machine:
    """A database server that the test can stop, start, freeze and thaw; it is nobody else's."""

    directory: Path
    running: EmbeddedPostgres = field(init=False)

    def start(self) -> None:
        self.running = EmbeddedPostgres.start(self.directory, durable=False)

    def stop(self) -> None:
        self.running.close()

    @property
    def url(self) -> str:
        return self.running.dsn(LOGIN, LOGIN)

    def signal(self, what: signal.Signals) -> None:
        for process in self.processes:
            os.kill(process, what)

    @property
    def processes(self) -> list[int]:
        """The postmaster first, so that it starts nobody else."""
        return [self._postmaster, *(int(pid) for pid in _children(self._postmaster))]

    @property
    def _postmaster(self) -> int:
        return _POSTMASTERS[self.directory]


_POSTMASTERS: Final[dict[Path, int]] = {}


def _children(parent: int) -> Iterator[str]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if _parent(int(entry.name)) == parent:
                    yield entry.name
            except (FileNotFoundError, ProcessLookupError):
                continue


def _parent(process: int) -> int:
    return int((Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[1])


async def _prepare(machine: Machine) -> None:
    running = machine.running
    await found_database(running.dsn(), running.dsn("postgres", LOGIN))
    await _find_postmaster(machine)


async def _find_postmaster(machine: Machine) -> None:
    connection = await asyncpg.connect(machine.running.dsn())
    _POSTMASTERS[machine.directory] = _parent(await connection.fetchval("SELECT pg_backend_pid()"))
    await connection.close()


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with tempfile.TemporaryDirectory(prefix="up-", ignore_cleanup_errors=True) as directory:
        machine = Machine(Path(directory))
        machine.start()
        asyncio.run(_prepare(machine))
        yield machine
        machine.stop()


@pytest.fixture(scope="module")
def served(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("up")
    keys = {f"{name}_FILE": str(file) for name, file in make_keys(directory / "keys").items()}
    environment = {"DATABASE_URL": machine.url, "ORDERWRIGHT_SIGNUP": "open", **keys}
    with Served(directory, environment=environment) as served:
        yield served


@pytest.fixture(scope="module")
def token(served: Served) -> str:
    with httpx.Client(base_url=served.url, timeout=20) as client:
        house = {"name": "House", "slug": "house", "currency": "EUR", "owner": OWNER}
        post(client, "/v1/organizations", house, key="sign-up-0000000000000000")
        login = {"organization": "house", "email": OWNER["email"], "password": OWNER["password"]}
        return str(post(client, "/v1/auth/login", login, key="login-000000000000000000")["accessToken"])


@dataclass
class Writers:
    """Clients that create products, each under a key of its own, and remember what they were told was done."""

    url: str
    token: str
    done: list[str] = field(default_factory=list)
    statuses: "Counter[int]" = field(default_factory=Counter)
    refused: list[httpx.Response] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    longest: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)
    _numbers: "count[int]" = field(default_factory=count)

    @contextmanager
    def at_work(self, clients: int = 4) -> Iterator[None]:
        threads = [threading.Thread(target=self._write) for _ in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _write(self) -> None:
        with httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=30) as client:
            while not self._over.is_set():
                name = f"{id(self):x}-{next(self._numbers)}"
                body = {"sku": name, "name": name, "unitPrice": 500, "currency": "EUR"}
                began = time.monotonic()
                try:
                    answer = client.post(
                        "/v1/products", json=body, headers={"Idempotency-Key": f"up-0000000000-{name}"}
                    )
                except httpx.TransportError as error:
                    self.broken.append(repr(error))
                    continue
                self.longest = max(self.longest, time.monotonic() - began)
                self.statuses[answer.status_code] += 1
                if answer.is_success:
                    self.done.append(answer.json()["id"])
                elif answer.status_code == 503:
                    self.refused.append(answer)
                    time.sleep(0.05)


def seconds_until(holds: Callable[[], bool], within: float = 30) -> float:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < within
        time.sleep(0.02)
    return time.monotonic() - began


def gone(served: Served, machine: Machine, token: str, away: Callable[[], None], back: Callable[[], None]) -> None:
    """Take the database away under load, and give it back."""
    writers = Writers(served.url, token)
    with httpx.Client(base_url=served.url, timeout=30) as client, writers.at_work():
        seconds_until(lambda: len(writers.done) > 20)

        def ready() -> bool:
            return client.get("/health/ready").status_code == 200

        def serves() -> bool:
            """Everything: reads, writes, log-ins."""
            login = {"organization": "house", "email": OWNER["email"], "password": OWNER["password"]}
            answers = (
                client.get("/v1/products?limit=1", headers={"Authorization": f"Bearer {token}"}),
                client.post("/v1/auth/login", json=login),
            )
            return ready() and all(answer.status_code == 200 for answer in answers)

        assert serves()
        away()
        try:
            assert seconds_until(lambda: not ready()) < TOLD
            while_away = time.monotonic()
            while time.monotonic() - while_away < AWAY:
                assert client.get("/health/live").status_code == 200
                assert client.get("/health/ready").headers["Retry-After"] == "1"
        finally:
            back()
        assert seconds_until(serves) < BACK
        before = len(writers.done)
        seconds_until(lambda: len(writers.done) > before + 20)
    assert not writers.broken
    assert set(writers.statuses) == {201, 503}, writers.statuses
    for answer in writers.refused:
        assert answer.headers["Retry-After"] == "1"
        assert answer.json()["type"].endswith("/service-unavailable")
    assert writers.longest < 6, "a request has five seconds"
    assert _there(machine, writers.done) == len(set(writers.done))


def _there(machine: Machine, products: list[str]) -> int:
    async def counted() -> Any:
        connection = await asyncpg.connect(machine.running.dsn("postgres", LOGIN))
        try:
            return await connection.fetchval("SELECT count(*) FROM products WHERE id = ANY ($1::uuid[])", products)
        finally:
            await connection.close()

    return int(asyncio.run(counted()))


@pytest.mark.parametrize("time_", range(trials(10, 1)))
def test_a_database_that_is_stopped_and_started(served: Served, machine: Machine, token: str, time_: int) -> None:
    where = machine.url

    def back() -> None:
        machine.start()
        assert machine.url == where
        asyncio.run(_find_postmaster(machine))

    gone(served, machine, token, machine.stop, back)


@pytest.mark.parametrize("time_", range(trials(10, 1)))
def test_a_database_that_stands_still(served: Served, machine: Machine, token: str, time_: int) -> None:
    stopped: list[int] = []

    def away() -> None:
        stopped.extend(machine.processes)
        for process in stopped:
            os.kill(process, signal.SIGSTOP)

    def back() -> None:
        for process in stopped:
            os.kill(process, signal.SIGCONT)

    gone(served, machine, token, away, back)
