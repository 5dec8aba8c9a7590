"""A transaction pooler as pgbouncer is one: few sessions of the server, lent to many clients for a transaction each.

What pgbouncer does, and what this one does after it: clients meet a pid of the pooler's own; startup parameters that it
does not know are refused (or, where it was told so, ignored); a session goes back at ReadyForQuery `I`, as it is, with
whatever was set for the session; the session of a client that left within a transaction is closed.
"""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from tests.postgres import Database

KNOWN: Final = {"user", "database", "client_encoding", "application_name"}
"""Startup parameters that are taken; the last two are the same for all of our clients."""

PROTOCOL: Final = 196608
"""3.0, which a startup message begins with; whatever else comes (a cancel request) is hung up on."""

SYNCED: Final = (b"Q", b"S")
"""Query, Sync: each is answered by a ReadyForQuery."""

AWAITED: Final = (*SYNCED, b"H")
"""After these (and Flush) the client waits for the server."""


IDLE: Final = b"Z\0\0\0\5I"
"""ReadyForQuery, and no transaction is open."""


@dataclass(frozen=True)
class Session:
    """One connection to the server. `greeting`: the ParameterStatus messages that it began with."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    greeting: bytes


class Client:
    """One connection of a client, known by its pid. `incoming` is its next message, be it there already or not."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.writer = writer
        self._reader = reader
        self.incoming = asyncio.ensure_future(_read(reader))

    async def said(self) -> tuple[bytes, bytes]:
        message = await self.incoming
        self.incoming = asyncio.ensure_future(_read(self._reader))
        return message


class TransactionPooler:
    def __init__(self, database: Database, directory: Path, ignored: frozenset[str]) -> None:
        embedded = database.server.embedded
        name = f".s.PGSQL.{embedded.port}"
        self._upstream = str(embedded.socket_dir / name)
        self._listening = str(directory / name)
        self._database = database.name
        self._ignored = ignored
        self._free: asyncio.Queue[Session] = asyncio.Queue()  # first in, first out: nobody keeps a session
        self._clients: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._pids = itertools.count(1)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.dsn = (
            f"postgresql://orderwright@/{database.name}?host={quote(str(directory), safe='')}&port={embedded.port}"
        )
        self.sent: list[str] = []
        """Whatever clients sent, as text."""
        self.trips = 0
        """How often a client had to wait for the server."""
        self.lent: set[tuple[int, int]] = set()
        """Which client (its pid) had which session."""
        self.closed = 0
        """Sessions whose client left within a transaction."""

    @classmethod
    @asynccontextmanager
    async def to(
        cls, database: Database, *, sessions: int, ignored: frozenset[str] = frozenset()
    ) -> AsyncIterator["TransactionPooler"]:
        directory = Path(tempfile.mkdtemp(prefix="ow-"))
        pooler = cls(database, directory, ignored)
        for _ in range(sessions):
            await pooler._free.put(await pooler._open())
        listening = await asyncio.start_unix_server(pooler._welcome, pooler._listening)
        try:
            yield pooler
        finally:
            listening.close()
            pooler._flowing.set()
            for task in list(pooler._clients):
                task.cancel()
            await asyncio.gather(*pooler._clients, return_exceptions=True)
            while not pooler._free.empty():
                await _close(pooler._free.get_nowait().writer)
            shutil.rmtree(directory)

    def hold_answers(self) -> None:
        """From now on the server hears everything and nobody hears the server."""
        self._flowing.clear()

    def let_answers_pass(self) -> None:
        self._flowing.set()

    def hang_up(self) -> None:
        """Cut every client off."""
        for writer in self._clients.values():
            writer.transport.abort()

    async def until_sent(self, words: str) -> None:
        """Wait until something with these words has gone out."""
        async with asyncio.timeout(5):
            while not any(words in message for message in self.sent):  # noqa: ASYNC110 - few wait, and not long
                await asyncio.sleep(0.001)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients[task] = writer
        try:
            with suppress(asyncio.IncompleteReadError, OSError):
                await self._greet(reader, writer)
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            await _close(writer)
            del self._clients[task]

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(4), "big")
        first = await reader.readexactly(length - 4)
        if int.from_bytes(first[:4], "big") != PROTOCOL:
            return
        words = first[4:].rstrip(b"\0").split(b"\0")
        unknown = {word.decode() for word in words[::2]} - KNOWN - self._ignored
        if unknown:
            said = f"unsupported startup parameter: {min(unknown)}"
            writer.write(_message(b"E", f"SFATAL\0VFATAL\0C08P01\0M{said}\0\0".encode()))
            return
        session = await self._free.get()
        self._free.put_nowait(session)
        pid = next(self._pids)
        key = pid.to_bytes(4, "big") + bytes(4)
        ready = _message(b"K", key) + _message(b"Z", b"I")
        writer.write(_message(b"R", bytes(4)) + session.greeting + ready)
        client = Client(pid, reader, writer)
        try:
            while await self._transaction(client):
                pass
        finally:
            client.incoming.cancel()

    async def _transaction(self, client: Client) -> bool:
        """Carry one transaction of a client. False: it has said goodbye."""
        kind, message = await client.said()
        if kind == b"X":
            return False
        session = await self._free.get()
        self.lent.add((client.pid, id(session)))
        try:
            await self._carry(kind, message, session, client)
        except BaseException:
            self.closed += 1
            await _close(session.writer)
            session = await self._open()
            raise
        finally:
            self._free.put_nowait(session)
        return True

    async def _carry(self, kind: bytes, message: bytes, session: Session, client: Client) -> None:
        """Pass messages on, both ways, until the server is ready and in no transaction."""
        ready = [0, 0]  # how often it must be, how often it was
        back = asyncio.ensure_future(self._back(session, client.writer, ready))
        try:
            while True:
                self.sent.append(message.decode(errors="replace"))
                self.trips += kind in AWAITED
                ready[0] += kind in SYNCED
                session.writer.write(message)
                await asyncio.wait((back, client.incoming), return_when=asyncio.FIRST_COMPLETED)
                if back.done():
                    return back.result()
                kind, message = await client.said()
        finally:
            back.cancel()

    async def _back(self, session: Session, writer: asyncio.StreamWriter, ready: list[int]) -> None:
        while True:
            kind, message = await _read(session.reader)
            await self._flowing.wait()
            writer.write(message)
            ready[1] += kind == b"Z"
            if ready[0] == ready[1] and message == IDLE:
                return

    async def _open(self) -> Session:
        reader, writer = await asyncio.open_unix_connection(self._upstream)
        words = ("user", "orderwright", "database", self._database, "client_encoding", "utf-8")
        startup = PROTOCOL.to_bytes(4, "big") + "".join(f"{word}\0" for word in words).encode() + b"\0"
        writer.write((len(startup) + 4).to_bytes(4, "big") + startup)
        kind, greeting = b"", b""
        try:
            while kind != b"Z":
                kind, message = await _read(reader)
                assert kind != b"E", message
                greeting += message if kind == b"S" else b""
        except BaseException:
            writer.close()  # the test is over
            raise
        return Session(reader, writer, greeting)


async def _read(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Return a message's kind, and all of it."""
    head = await reader.readexactly(5)
    return head[:1], head + await reader.readexactly(int.from_bytes(head[1:], "big") - 4)


def _message(kind: bytes, content: bytes) -> bytes:
    return kind + (len(content) + 4).to_bytes(4, "big") + content


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
