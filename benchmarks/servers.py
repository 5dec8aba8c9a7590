"""The processes under test: started, awaited, weighed, and stopped."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from entrypoints.checking import ROOT

PATIENCE: Final = 60.0
"""Seconds until a server must answer."""

IMPORTS: Final = {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
"""Where our own processes find their sources."""

TICKS: Final = os.sysconf("SC_CLK_TCK")
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class DidNotStart(Exception):
    """A server ended, or did not answer in time; the message is the end of its log."""


@dataclass(slots=True)
class Server:
    """A process that answers on 127.0.0.1. `ready_after` is in seconds, from its start to its first answer."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    log: Path
    ready_after: float

    @classmethod
    def start(
        cls, name: str, command: Sequence[str], *, port: int, logs: Path, environment: Mapping[str, str], cwd: Path
    ) -> "Server":
        """Raises: DidNotStart."""
        log = logs / f"{name}.log"
        began = monotonic()
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env={**os.environ, **environment}, cwd=cwd
            )
        server = cls(name, process, port, log, 0.0)
        while not answers(port):
            if process.poll() is not None or monotonic() - began > PATIENCE:
                server.stop()
                raise DidNotStart(f"{name}: {log.read_text(errors='replace')[-600:]}")
            sleep(0.01)
        server.ready_after = monotonic() - began
        return server

    def stop(self) -> None:
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(25)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu(self) -> float:
        """CPU seconds so far, of all its threads."""
        return cpu_of(self.process.pid)

    def resident(self) -> int:
        """Bytes of memory that it holds now."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE


def answers(port: int) -> bool:
    """Whether somebody answers a request there, whatever it is."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return connection.recv(12).startswith(b"HTTP/1.1")
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_of(process: int) -> float:
    """CPU seconds of a process, and of its children that have ended."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICKS


@dataclass(frozen=True, slots=True)
class PostgresCpu:
    """What the database server has used: its postmaster, its backends, and those that are gone."""

    postmaster: int

    def seconds(self) -> float:
        total = cpu_of(self.postmaster)
        for process in Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children").read_text().split():
            with suppress(OSError):  # it ended just now, and is among those that are gone
                total += cpu_of(int(process))
        return total


def product(name: str, dsn: str, keys: Mapping[str, str], logs: Path, data_dir: Path) -> Server:
    """Start the product as `serve` starts it, on a database that is there; only the limits of rate are raised."""
    port = free_port()
    generous = "1000000/second"
    environment = {
        **keys,
        **IMPORTS,
        "DATABASE_URL": dsn,
        "ORDERWRIGHT_PAYMENTS": "simulated",
        "ORDERWRIGHT_LIMIT_PER_PRINCIPAL": generous,
        "ORDERWRIGHT_LIMIT_LOGIN_PER_ACCOUNT": generous,
        "ORDERWRIGHT_LIMIT_LOGIN_PER_ADDRESS": generous,
    }
    command = [sys.executable, "-P", "-m", "entrypoints", "serve", "--port", str(port), "--data-dir", str(data_dir)]
    return Server.start(name, command, port=port, logs=logs, environment=environment, cwd=data_dir)
