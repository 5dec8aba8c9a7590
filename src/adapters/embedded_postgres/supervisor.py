"""A small process that runs one PostgreSQL server for as long as anybody uses it.

It learns of its users by one lock alone: each of them holds `users.lock` shared, and the kernel releases that however a
user ends. When the supervisor gets the lock exclusively, nobody is left, and nobody can come while it shuts down; who
comes then waits, and starts the next supervisor. That there is one supervisor only, its own lock says, which it
inherits from the user who started it. It survives that user; the server does not survive the supervisor.
"""

import os
import signal
import sys
import time
from collections import deque
from pathlib import Path
from typing import Final, NamedTuple

from adapters.embedded_postgres import postmaster
from adapters.embedded_postgres.binaries import Binaries
from adapters.embedded_postgres.layout import Layout, private_opener
from adapters.embedded_postgres.locks import FileLock
from adapters.embedded_postgres.placement import Placement, clear_away, place
from adapters.embedded_postgres.processes import adopt_orphans, ended
from adapters.embedded_postgres.status import Status

FAILURES: Final = 5  # ends of the postmaster that nobody asked for …
WITHIN: Final = 60.0  # … in so many seconds: then give up
FIRST_BACKOFF: Final = 0.1  # seconds; doubled by each failure in that time
LARGEST_LOG: Final = 16 * 1024 * 1024  # bytes; at a start a larger one becomes `server.log.1`
WAKING: Final = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


class Request(NamedTuple):
    """What the first user asked for, as it stands on the command line."""

    home: str
    programs: str
    durability: str  # "durable" or "volatile"
    run_as: str

    @property
    def durable(self) -> bool:
        return self.durability == "durable"


class Supervisor:
    def __init__(self, request: Request) -> None:
        self._request = request
        self._layout = Layout(Path(request.home))
        self._users = FileLock(self._layout.users)
        self._status = Status.read(self._layout.status)._replace(supervisor=os.getpid(), durable=request.durable)
        self._told_to_stop = False

    def run(self) -> None:
        """Until the last user is gone, a signal to stop, or too many failures in a row."""
        self._say(self._status._replace(state="starting", reason=""))
        try:
            placement = place(
                self._layout,
                Binaries(Path(self._request.programs)),
                port=self._status.port,
                durable=self._request.durable,
                run_as=self._request.run_as,
                last_socket_dir=self._status.socket_dir,
            )
            self._say(self._status._replace(socket_dir=str(placement.sockets)))
            if not postmaster.initialise(placement, durable=self._request.durable):
                self._give_up("initdb failed")
                return
            self._keep_serving(placement)
        except OSError as error:
            self._give_up(str(error))
            raise

    def _keep_serving(self, placement: Placement) -> None:
        failures = deque[float](maxlen=FAILURES)
        while self._serve(placement):
            failures.append(time.monotonic())
            recent = [at for at in failures if at > failures[-1] - WITHIN]
            if len(recent) == FAILURES:
                self._give_up(f"the server ended {FAILURES} times within {WITHIN:g} s")
                return
            self._rest(FIRST_BACKOFF * 2.0 ** (len(recent) - 1))
        if not self._told_to_stop:  # else users are left: the status keeps the address and the durability they rely on
            clear_away(placement)
            self._say(self._status._replace(state="stopped", postmaster=0))

    def _serve(self, placement: Placement) -> bool:
        """Run the postmaster to its end; whether it is to be started again."""
        if self._dismissed():
            return False
        postmaster.clear_stale(placement)
        child = postmaster.start(placement, port=self._status.port, durable=self._request.durable)
        self._say(self._status._replace(state="starting", postmaster=child))
        while (code := ended(child)) is None:
            if self._dismissed():
                postmaster.stop(child)
                return False
            if self._status.state == "starting" and postmaster.is_ready(placement, self._status.port):
                self._say(self._status._replace(state="ready"))
            self._pause(0.005 if self._status.state == "starting" else 0.05)
        _note(f"the server ended unasked (exit code {code})")
        self._say(self._status._replace(state="starting", postmaster=0))
        postmaster.clear_backends()
        return True

    def _dismissed(self) -> bool:
        return self._told_to_stop or self._users.try_exclusive()

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._dismissed():
            self._pause(0.05)

    def _pause(self, seconds: float) -> None:
        """Sleep until a child ends, a signal says stop, or the time is over."""
        woken = signal.sigtimedwait(WAKING, seconds)
        if woken is not None and woken.si_signo != signal.SIGCHLD:
            self._told_to_stop = True

    def _give_up(self, reason: str) -> None:
        _note(f"gives up: {reason}")
        self._say(self._status._replace(state="failed", reason=reason, postmaster=0))

    def _say(self, status: Status) -> None:
        self._status = status
        if self._layout.home.exists():  # else it was deleted under a running server, which then is to stop quietly
            status.write(self._layout.status)


def _note(event: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S UTC', time.gmtime())} supervisor [{os.getpid()}] {event}", flush=True)


def _settle(log: Path) -> None:
    """A session and a directory of its own, the log for output, and no descriptor but the supervisor's lock.

    The lock came as standard input. Its copy stays open, close-on-exec, until this process ends.
    """
    os.setsid()
    os.chdir("/")
    os.umask(0o077)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored by some daemons, and then no child can be waited for
    signal.pthread_sigmask(signal.SIG_BLOCK, WAKING)
    os.closerange(3, min(os.sysconf("SC_OPEN_MAX"), 65_536))
    os.dup(0)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_name(f"{log.name}.1"))
    with open(log, "a", opener=private_opener) as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)


def main() -> None:
    request = Request(*sys.argv[1:])
    _settle(Layout(Path(request.home)).log)
    adopt_orphans()
    Supervisor(request).run()
