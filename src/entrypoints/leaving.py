"""A server that leaves as those who send it requests would wish, in one process or in several.

uvicorn closes its door the moment it is told to stop, on whoever has just knocked. Here it first gives notice: it is
not ready any more, and every answer says that its connection closes; meanwhile it serves whoever comes. Then it closes
the door, ends what has begun, and goes.
"""

import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, cast

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import multiprocess

if TYPE_CHECKING:  # each of several processes begins here, and is asked how it is before anything large is read
    from litestar import Litestar

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Names the directory in which several processes count together, as prometheus-client knows it."""

NOTICE: Final = 2
"""Seconds between being told to stop and closing the door, while there is anybody inside."""

QUIET: Final = 0.1
"""Seconds without a single connection after which nobody needs more notice."""

CLOSING: Final = (b"connection", b"close")


class Leaving(uvicorn.Server):
    """Serves until it is told to stop; then gives notice, and goes."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.loaded_app.state.leaving = True
        self.server_state.default_headers = [*self.server_state.default_headers, CLOSING]
        await self._give_notice()
        await self._close_the_door(sockets)
        await super().shutdown(sockets)

    async def _close_the_door(self, sockets: list[socket.socket] | None) -> None:
        """Let those in who stand before it: whom the kernel has let in already, a closed door would throw out."""
        numbers = [one.fileno() for one in sockets or [one for server in self.servers for one in server.sockets]]
        doors = [socket.socket(fileno=os.dup(number)) for number in numbers]
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for door in doors:
            door.setblocking(False)  # noqa: FBT003 - the library's own
            standing = [*_standing_before(door)]
            door.close()
            for client in standing:
                client.setblocking(False)  # noqa: FBT003
                await loop.connect_accepted_socket(self._protocol, client)

    def _protocol(self) -> asyncio.Protocol:
        kind: Any = self.config.http_protocol_class
        made: asyncio.Protocol = kind(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state, _loop=None
        )
        return made

    async def _give_notice(self) -> None:
        now = monotonic()
        end, busy = now + NOTICE, now
        while now < end and now < busy + QUIET and not self.force_exit:
            await asyncio.sleep(0.02)
            now = monotonic()
            if self.server_state.connections:
                busy = now


def _standing_before(door: socket.socket) -> Iterator[socket.socket]:
    while True:
        try:
            yield door.accept()[0]
        except OSError:
            return


class Process(multiprocess.Process):
    """One of several processes."""

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            self._server = Leaving(self.config)
        return self._server


class Several(multiprocess.Multiprocess):
    """Leaves the door to the processes behind it: it would stay open, with nobody there, for as long as the last of
    them takes.
    """

    def terminate_all(self) -> None:
        super().terminate_all()
        for door in self.sockets:
            door.close()


def run(app: "str | Litestar", **how: Any) -> None:
    """Serve as `uvicorn.run` does. Several processes count together (see adapters.prometheus.meters)."""
    config = uvicorn.Config(cast("Any", app), **how)
    os.environ.pop(SHARED, None)
    if config.workers == 1:
        server = Leaving(config)
        with suppress(KeyboardInterrupt):
            server.run()
        if not server.started:
            sys.exit(STARTUP_FAILURE)
        return
    multiprocess.Process = Process  # type: ignore[misc]  # it asks nobody else which processes it is to start
    with tempfile.TemporaryDirectory(prefix="orderwright-figures-", ignore_cleanup_errors=True) as directory:
        os.environ[SHARED] = directory
        several = Several(config, sockets=[config.bind_socket()])
        try:
            several.run()
        except BaseException:  # then nobody would tell them
            several.terminate_all()
            raise
