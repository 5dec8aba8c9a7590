"""Receivers of webhooks on this machine: one that answers, and three that do not, each in its own way."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

FLOOD: Final = 10 * 1024 * 1024


@dataclass
class Receivers:
    """What arrived, by path, in its order."""

    received: defaultdict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    asked: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def ids(self, path: str) -> list[str]:
        return [event["id"] for event in self.received[path]]

    def in_order(self, path: str) -> bool:
        """Whether each subject's events came in the order of their sequence, each for the first time."""
        last: dict[str, int] = {}
        seen: set[str] = set()
        for event in self.received[path]:
            if event["id"] in seen:  # once more: at least once is what is promised
                continue
            seen.add(event["id"])
            if event["sequence"] <= last.get(event["subject"], 0):
                return False
            last[event["subject"]] = event["sequence"]
        return True

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            self.asked[path] += 1
            await WAYS.get(path, _well)(writer)
            self.received[path].append(json.loads(body))
        writer.close()


async def _well(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    await writer.drain()


async def _never(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)
    raise ConnectionAbortedError


async def _flood(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n" % FLOOD)
    for _ in range(FLOOD // 65536):
        writer.write(b"x" * 65536)
        await writer.drain()


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(1)


WAYS: Final[dict[str, Callable[[asyncio.StreamWriter], Awaitable[None]]]] = {
    "/never": _never,
    "/flood": _flood,
    "/drip": _drip,
}


@asynccontextmanager
async def receiving(receivers: Receivers) -> AsyncIterator[int]:
    """Gives the port."""
    server = await asyncio.start_server(receivers.answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
