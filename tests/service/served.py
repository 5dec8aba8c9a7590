"""The service as users start it: its own process, its own PostgreSQL, real HTTP."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from entrypoints.commands.shared import DATA_DIR
from entrypoints.database import database
from entrypoints.demo_data import OWNER_EMAIL, PASSWORD, SLUG
from entrypoints.settings import pooler_of
from tests.books import check_database
from tests.limits import RAISED

SOURCES = Path(__file__).resolve().parents[2] / "src"


def run(*arguments: str, cwd: Path, timeout: float = 60, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of ours to its end."""
    command = [sys.executable, "-m", "entrypoints", *arguments]
    env = {**os.environ, "PYTHONPATH": str(SOURCES), **environment}
    return subprocess.run(command, check=False, cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout)


@dataclass(slots=True)
class Served:
    """A running `serve` of a `module`. `ready_after` is how many seconds it took."""

    directory: Path
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    ready_after: float = 0.0
    module: str = "entrypoints"
    _process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            if self._process is not None:
                self._process.terminate()
                self._process.wait(timeout=30)
            raise
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        running = self._process is not None and self._process.poll() is None
        try:
            if running and failed is None:
                self.check_books()
        finally:
            if self._process and running:
                self._process.send_signal(signal.SIGTERM)
                self._process.wait(timeout=30)

    def check_books(self) -> None:
        """Raises: AssertionError, when not all holds that is in its database."""
        if url := self.environment.get("DATABASE_URL"):
            check_database(url, pooler_of(self.environment))
            return
        with database(self.directory / DATA_DIR) as place:
            check_database(place.url)

    def start(self) -> None:
        self.port = self.port or free_port()
        command = [sys.executable, "-m", self.module, "serve", "--port", str(self.port), *self.options]
        env = {**os.environ, **RAISED, "PYTHONPATH": str(SOURCES), **self.environment}
        start = time.monotonic()
        with (self.directory / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self.directory, env=env, stdout=log, stderr=log)
        while not self.answers():
            assert self._process.poll() is None, (self.directory / "serve.log").read_text()
            assert time.monotonic() - start < 60, "not ready within 60 s"
            time.sleep(0.05)
        self.ready_after = time.monotonic() - start

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """Kill -9, as a machine would."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def token(self) -> str:
        login = {"organization": SLUG, "email": OWNER_EMAIL, "password": PASSWORD}
        answer = httpx.post(f"{self.url}/v1/auth/login", json=login)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["accessToken"])

    def client(self) -> httpx.Client:
        """A client of the demo organization's owner."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token()}"}, timeout=20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(directory: Path) -> list[int]:
    """Return the processes whose command line names this directory."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(directory) in (entry / "cmdline").read_bytes().decode(errors="replace"):
                found.append(int(entry.name))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def post(client: httpx.Client, path: str, body: dict[str, Any], *, key: str) -> Any:
    answer = client.post(path, json=body, headers={"Idempotency-Key": key})
    assert answer.is_success, answer.text
    return answer.json()
