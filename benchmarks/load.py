"""Sends requests over connections that are kept, each the next as soon as the last is answered, and measures.

It shares the machine with what it measures: so it reads no more of an answer than its status and its length, and says
what it has used of the processor itself.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import Final

CONNECTIONS: Final = 16

LENGTH: Final = b"content-length:"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is sent, one request after another, and the status that each must be answered with."""

    requests: Iterator[bytes]
    status: bytes


@dataclass(slots=True)
class Run:
    """What came of it. `latencies` are seconds, of what was answered as it should be."""

    latencies: list[float] = field(default_factory=list)
    unexpected: list[bytes] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0
    own_cpu: float = 0.0

    @property
    def throughput(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Seconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


async def load(port: int, wanted: Wanted, *, seconds: float, connections: int = CONNECTIONS) -> Run:
    """Send until the time is over, or nothing is left to send. Raises: OSError."""
    run, loop = Run(), asyncio.get_running_loop()
    over = loop.create_future()
    clients = [_Client(run, wanted, over) for _ in range(connections)]
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
    cpu, began = process_time(), perf_counter()
    for client in clients:
        client.until = began + seconds
        client.left = clients
        client.send()
    await over
    run.seconds, run.own_cpu = perf_counter() - began, process_time() - cpu
    for client in clients:
        client.close()
    return run


class _Client(asyncio.Protocol):
    """One connection: what was received is looked at until one whole answer is there."""

    __slots__ = ("_began", "_buffer", "_needs", "_over", "_run", "_transport", "_wanted", "idle", "left", "until")

    def __init__(self, run: Run, wanted: Wanted, over: "asyncio.Future[None]") -> None:
        self._run, self._wanted, self._over = run, wanted, over
        self._buffer, self._needs, self._began = b"", 0, 0.0
        self.until, self.idle = 0.0, False
        self.left: Sequence[_Client] = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the protocol's
        if not self.idle:
            self._run.unexpected.append(b"the connection was closed")
            self._stop()

    def send(self) -> None:
        self._began = perf_counter()
        request = next(self._wanted.requests, None) if self._began < self.until else None
        if request is None:
            self._stop()
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        if not self._needs:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._buffer = data
                return
            head = data[:end].lower()
            at = head.find(LENGTH)
            self._needs = end + 4 + (int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0)
        if len(data) < self._needs:
            self._buffer = data
            return
        self._buffer, self._needs = b"", 0
        if data[9:12] == self._wanted.status:
            self._run.latencies.append(perf_counter() - self._began)
        else:
            self._run.refused += 1
            if len(self._run.unexpected) < 3:
                self._run.unexpected.append(data[:800])
        self.send()

    def close(self) -> None:
        self._transport.close()

    def _stop(self) -> None:
        self.idle = True
        if all(client.idle for client in self.left) and not self._over.done():
            self._over.set_result(None)


async def ask(port: int, request: bytes) -> tuple[int, bytes]:
    """Send one request on a connection of its own. Returns status and body; the request asks to close it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head[9:12]), body
