"""The side of the server's users: start it or join it, use it, leave it."""

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

from adapters.embedded_postgres.binaries import Binaries, find_binaries
from adapters.embedded_postgres.errors import ServerDidNotStart, ServerDidNotStop, ServerNotDurable
from adapters.embedded_postgres.handshake import answers
from adapters.embedded_postgres.identity import RunAs
from adapters.embedded_postgres.layout import Layout, layout_of, make_private, tail
from adapters.embedded_postgres.locks import FileLock
from adapters.embedded_postgres.status import Status

POLL: Final = 0.005  # seconds, while something is awaited that takes some hundredths
WATCH: Final = 0.5  # seconds between two looks after the supervisor
_SOURCE_ROOT: Final = str(Path(__file__).resolve().parents[2])
# The standard library first and alone, however this process was started; no site-packages, no working directory.
_SUPERVISE: Final = "import sys; sys.path.append({!r}); from adapters.embedded_postgres.supervisor import main; main()"

# Nothing of libpq's that would change the server, and no secret of the application.
_PASSED_ON: Final = {"PATH", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH"}


class EmbeddedPostgres:
    """A PostgreSQL server of one's own, shared by all processes that start it for the same data directory.

    It runs until the last of them has closed it or has ended, by kill -9 too. A child process is no user: what it
    inherits by a fork does not keep the server alive, and `close` there does nothing; to use the server beyond its
    parent's life it calls `start` itself. Superuser `postgres`, no password: the directory of the socket is private.
    """

    def __init__(self, layout: Layout, binaries: Binaries, *, durable: bool, run_as: RunAs) -> None:
        """For `start` alone."""
        self._layout = layout
        self._programs = binaries.directory
        self._durable = durable
        self._run_as: RunAs = run_as
        self._use = FileLock(layout.users)
        self._closing = threading.Event()
        self._watch = threading.Thread(target=self._look_after_supervisor, name="embedded-postgres", daemon=True)
        self._status = Status()

    @classmethod
    def start(
        cls,
        data_dir: Path,
        *,
        durable: bool = True,
        binaries: Binaries | None = None,
        run_as: RunAs = "auto",
        timeout: float = 60.0,
    ) -> Self:
        """Start the server of that directory, or join it where it runs; blocks until it answers.

        The directory is made (0700) where it is missing; the server keeps everything in its subdirectory `postgres`.
        `durable=False` gives up safety against power failures for speed. `run_as` is for tests of the ways in which
        root starts a server. Raises BinariesMissing, ServerNotDurable, and after `timeout` seconds ServerDidNotStart.
        """
        layout = layout_of(data_dir)
        programs = binaries or find_binaries()
        make_private(layout.home)
        server = cls(layout, programs, durable=durable, run_as=run_as)
        try:
            server._join_or_start(time.monotonic() + timeout)
        except BaseException:
            server.close()
            raise
        return server

    @property
    def socket_dir(self) -> Path:
        return Path(self._status.socket_dir)

    @property
    def port(self) -> int:
        """Part of the socket's name; no TCP port is open."""
        return self._status.port

    def dsn(self, user: str = "postgres", database: str = "postgres") -> str:
        """A libpq URL over the Unix socket."""
        socket_dir = quote(self._status.socket_dir, safe="")
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?host={socket_dir}&port={self.port}"

    def close(self, *, timeout: float = 60.0) -> None:
        """Leave; returns when the server goes on for others or, after the last, has stopped. May be called again.

        Raises ServerDidNotStop after `timeout` seconds.
        """
        if self._use.closed or self._closing.is_set():
            return
        self._closing.set()
        if self._watch.is_alive():
            self._watch.join()
        try:
            with (
                FileLock(self._layout.departures) as turn,
                FileLock(self._layout.supervisor, create=False) as supervisor,
            ):
                turn.acquire()  # one at a time: two who leave together must not take each other for users
                self._use.release()
                self._await_departure(supervisor, time.monotonic() + timeout, timeout)
        except FileNotFoundError:  # the directory was deleted under the server, which stops, but nobody can wait for it
            pass
        finally:
            self._use.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _join_or_start(self, deadline: float) -> None:
        while not self._use.try_shared():  # refused only while a supervisor without users shuts down
            self._wait(deadline, "the previous server has not finished its shutdown")
        started = False
        while True:
            with FileLock(self._layout.supervisor) as lock:
                if lock.try_exclusive():
                    if started:
                        reason = Status.read(self._layout.status).reason
                        raise self._failure(reason or "its supervisor ended at once")
                    self._start_supervisor(lock)
                    started = True
            status = Status.read(self._layout.status)
            if status.state == "ready" and answers(Path(status.socket_dir), status.port):
                break
            self._wait(deadline, "it does not answer in time")
        if self._durable and not status.durable:
            raise ServerNotDurable(self._layout.home.parent)
        self._status = status
        self._watch.start()

    def _start_supervisor(self, lock: FileLock) -> None:
        """Hand the supervisor's lock, which is held, to a new process: there is no moment without a holder."""
        last = Status.read(self._layout.status)
        interrupted = last.state in {"starting", "ready"}  # then users may be left who rely on its durability
        durability = "durable" if self._durable or (interrupted and last.durable) else "volatile"
        last._replace(state="starting", reason="").write(self._layout.status)
        words = ["-I", "-S", "-c", _SUPERVISE.format(_SOURCE_ROOT), str(self._layout.home), str(self._programs)]
        supervisor = os.posix_spawn(
            sys.executable,
            [sys.executable, *words, durability, self._run_as],
            {name: value for name, value in os.environ.items() if name in _PASSED_ON},
            file_actions=[(os.POSIX_SPAWN_DUP2, lock.descriptor, 0)],
        )
        _supervisors.add(supervisor)

    def _look_after_supervisor(self) -> None:
        """Replace a supervisor that was killed; one that gave up is left alone, its reason stands in the log."""
        while not self._closing.wait(WATCH):
            _reap()
            # Not while the directory is being deleted; and a full disk may have room the next time.
            with suppress(OSError), FileLock(self._layout.supervisor, create=False) as lock:
                if lock.try_exclusive() and Status.read(self._layout.status).state != "failed":
                    self._start_supervisor(lock)

    def _await_departure(self, supervisor: FileLock, deadline: float, timeout: float) -> None:
        while not supervisor.try_exclusive():  # it holds its lock until it ends
            if not self._use.try_exclusive() and self._use.try_shared():
                return  # another user is there, and none of them is just leaving
            self._use.release()
            if time.monotonic() > deadline:
                raise ServerDidNotStop(self._layout.home.parent, timeout)
            time.sleep(POLL)
        supervisor.release()
        _reap(Status.read(self._layout.status).supervisor)

    def _wait(self, deadline: float, reason: str) -> None:
        if time.monotonic() > deadline:
            raise self._failure(reason)
        time.sleep(POLL)

    def _failure(self, reason: str) -> ServerDidNotStart:
        return ServerDidNotStart(reason, self._layout.log, tail(self._layout.log))


_supervisors: Final = set[int]()  # started by this process and not yet waited for; they may outlive every use of it
os.register_at_fork(after_in_child=_supervisors.clear)


def _reap(ending: int = 0) -> None:
    """Leave no zombie of a supervisor that has ended; wait for the one that is just ending."""
    for process in list(_supervisors):
        try:
            gone = os.waitpid(process, 0 if process == ending else os.WNOHANG)[0] != 0
        except ChildProcessError:  # somebody in this process waits for every child
            gone = True
        if gone:
            _supervisors.discard(process)
