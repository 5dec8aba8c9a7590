"""A relay between driver and server that reads along, and can hold the server's answers back.

What the driver sends ends in a Sync, or is a simple query, whenever it then has to wait: that is a round trip
(PostgreSQL manual, "Message Flow"). So nothing of the driver's own account of itself has to be believed.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from tests.postgres import Database


class Wire:
    def __init__(self, database: Database, directory: Path) -> None:
        embedded = database.server.embedded
        name = f".s.PGSQL.{embedded.port}"
        self._upstream = str(embedded.socket_dir / name)
        self._listening = str(directory / name)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.dsn = (
            f"postgresql://orderwright@/{database.name}?host={quote(str(directory), safe='')}&port={embedded.port}"
        )
        self.trips = 0
        self.sent: list[str] = []
        """Every statement that was parsed or simply run, and the values of every binding, as text."""
        self.prepared: list[str] = []

    @classmethod
    @asynccontextmanager
    async def to(cls, database: Database) -> AsyncIterator["Wire"]:
        directory = Path(tempfile.mkdtemp(prefix="ow-"))
        wire = cls(database, directory)
        relay = await asyncio.start_unix_server(wire._relay, wire._listening)
        try:
            yield wire
        finally:
            relay.close()
            wire._flowing.set()
            for task in list(wire._tasks):
                task.cancel()
            await asyncio.gather(*wire._tasks, return_exceptions=True)
            shutil.rmtree(directory)

    def hold_answers(self) -> None:
        """From now on the server hears everything and nobody hears the server."""
        self._flowing.clear()

    def let_answers_pass(self) -> None:
        self._flowing.set()

    def cut(self) -> None:
        """Break every connection; what the server is doing, it goes on doing. New ones are let through."""
        for task in list(self._tasks):
            task.cancel()
        self._flowing.set()

    async def until_sent(self, words: str) -> None:
        """Wait until something with these words has gone out."""
        async with asyncio.timeout(5):
            while not any(words in message for message in self.sent):  # noqa: ASYNC110 - few wait, and not long
                await asyncio.sleep(0.001)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        server_reader, server_writer = await asyncio.open_unix_connection(self._upstream)
        ways = [
            asyncio.ensure_future(self._out(reader, server_writer)),
            asyncio.ensure_future(self._back(server_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (writer, server_writer):
                end.close()
                with suppress(OSError):
                    await end.wait_closed()
            self._tasks.discard(task)

    async def _out(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun = False  # the first message has no kind
        rest = b""
        while data := await reader.read(65536):
            rest += data
            while len(rest) > (at := int(begun)) + 3:
                length = at + int.from_bytes(rest[at : at + 4], "big")
                if len(rest) < length:
                    break
                if begun:
                    self._note(rest[:1], rest[5:length])
                begun, rest = True, rest[length:]
            writer.write(data)

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._flowing.wait()
            writer.write(data)

    def _note(self, kind: bytes, message: bytes) -> None:
        self.trips += kind in {b"S", b"Q"}
        if kind == b"P":
            self.prepared.append(message.split(b"\0")[1].decode())
            self.sent.append(self.prepared[-1])
        elif kind in {b"Q", b"B"}:
            self.sent.append(message.decode(errors="replace"))
