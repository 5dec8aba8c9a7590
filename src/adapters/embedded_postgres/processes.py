"""The supervisor's children: started under another identity, never outliving it, waited for to the last one."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from adapters.embedded_postgres.identity import Become

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies: of the backends of a killed postmaster."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def spawn(program: Sequence[str | Path], *, become: Become, if_orphaned: signal.Signals, env: Mapping[str, str]) -> int:
    """Start the program; its process id.

    `if_orphaned` is what the kernel sends it when this process dies, by kill -9 too (Linux only). The program gets our
    standard output and error, no blocked signals, and ends with status 127 when it cannot be executed.
    """
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            become()
            _prctl(_PR_SET_PDEATHSIG, if_orphaned)  # after the change of identity, which clears it
            if os.getppid() != parent:
                os._exit(127)
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            os.execve(program[0], [os.fspath(word) for word in program], dict(env))  # noqa: S606
        except OSError as error:
            print(f"{program[0]}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(127)
    return child


def ended(child: int) -> int | None:
    """The exit code (negative: the signal), once; None while it runs. A zombie has ended."""
    process, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if process else None


def wait_for_all(seconds: float) -> bool:
    """Whether no child, adopted ones included, is left within that time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            process, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if process == 0:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)


def kill_children() -> None:
    """SIGKILL to every child, adopted ones included."""
    own = os.getpid()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue  # it ended meanwhile
        if parent == own:
            os.kill(int(process.name), signal.SIGKILL)  # a child of ours stays, as a zombie at least, until we wait


def command_of(process: int) -> list[str] | None:
    """The command line of a running process; None where there is no /proc to tell; empty for a zombie or for none."""
    if not Path("/proc/self/cmdline").exists():
        return None
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]
    except OSError:
        return []


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
