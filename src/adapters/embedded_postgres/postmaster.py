"""The PostgreSQL server process: how its data are made, with which settings it runs, when it is ready, how it stops."""

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from adapters.embedded_postgres.handshake import answers
from adapters.embedded_postgres.placement import Placement
from adapters.embedded_postgres.processes import command_of, ended, kill_children, spawn, wait_for_all

# By pg_ctl's names: fast ends the sessions and writes a checkpoint, immediate leaves that to the next start's recovery.
FAST: Final = signal.SIGINT
IMMEDIATE: Final = signal.SIGQUIT
PATIENCE: Final = ((FAST, 20.0), (IMMEDIATE, 5.0), (signal.SIGKILL, 5.0))  # seconds each

SETTINGS: Final = {
    "listen_addresses": "",  # the Unix socket is the only door
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "client_connection_check_interval": "200ms",  # locks of a killed client are freed while its query still runs
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",  # a refused statement is the service's to tell, and would fill the log
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
VOLATILE: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def initialise(placement: Placement, *, durable: bool) -> bool:
    """Make the database cluster unless it is there; whether it now is. Interrupted, it leaves nothing half made."""
    if placement.data.exists():
        return True
    draft = placement.data.with_name("data.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    os.chown(draft, *placement.owner)
    access = ["-U", "postgres", "--auth-local=trust", "--auth-host=reject"]
    options = [*access, "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions", *([] if durable else ["--no-sync"])]
    program: list[str | Path] = [placement.binaries.initdb, "-D", draft, *options]
    child = spawn(program, become=placement.become, if_orphaned=signal.SIGKILL, env=os.environ)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == 0:
        draft.rename(placement.data)
    return code == 0


def start(placement: Placement, *, port: int, durable: bool) -> int:
    """Start the postmaster; its process id. Orphaned by a killed supervisor it stops by itself, fast."""
    settings = SETTINGS | {"unix_socket_directories": str(placement.sockets), "port": str(port)}
    if not durable:
        settings |= VOLATILE
    if placement.binaries.has_pg_stat_statements:
        settings |= {"shared_preload_libraries": "pg_stat_statements"}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    program: list[str | Path] = [placement.binaries.postgres, "-D", placement.data, *options]
    return spawn(program, become=placement.become, if_orphaned=FAST, env=os.environ)


def is_ready(placement: Placement, port: int) -> bool:
    """Its pid file says so (cheap, and leaves no refused connections in the log), and it answers."""
    try:
        lines = (placement.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready" and answers(placement.sockets, port)


def stop(postmaster: int) -> None:
    """Fast, then harder; returns when neither it nor one of its backends is left."""
    for how, seconds in PATIENCE:
        if ended_by_now(postmaster):
            break
        os.kill(postmaster, how)
        deadline = time.monotonic() + seconds
        while not ended_by_now(postmaster) and time.monotonic() < deadline:
            time.sleep(0.005)
    clear_backends()


def ended_by_now(child: int) -> bool:
    try:
        return ended(child) is not None
    except ChildProcessError:  # waited for already
        return True


def clear_backends() -> None:
    """Backends of a killed postmaster leave by themselves, unless they compute without a pause."""
    if not wait_for_all(3.0):
        kill_children()
        wait_for_all(5.0)


def clear_stale(placement: Placement) -> None:
    """Before a start: stop a postmaster whose supervisor was killed, and forget one that is no more.

    PostgreSQL takes any live process with the number in `postmaster.pid` for a running server; after a reboot, or in
    another container, that number may be anybody's. That no backend is left is checked by PostgreSQL itself, through
    the shared memory that it finds by the data directory.
    """
    pid_file = placement.data / "postmaster.pid"
    try:
        process = int(pid_file.read_text(encoding="utf-8").splitlines()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    for how, seconds in PATIENCE:
        command = command_of(process)
        if command is None:
            return
        if "-D" not in command or str(placement.data) not in command:
            pid_file.unlink(missing_ok=True)
            return
        with suppress(ProcessLookupError):
            os.kill(process, how)
        deadline = time.monotonic() + seconds
        while command_of(process) and time.monotonic() < deadline:
            time.sleep(0.01)
