"""File locks that a process holds for itself alone: neither a forked nor an executed child keeps them."""

import fcntl
import os
import threading
import weakref
from pathlib import Path
from types import TracebackType
from typing import Final, Self


class FileLock:
    """A `flock` on a file of its own (mode 0600), released by the kernel however the process ends.

    `flock` belongs to the open file, and a fork shares that: a forked worker would go on holding the lock of a dead
    owner. So the descriptor is close-on-exec, and a forked child closes its copy first thing, which leaves the parent's
    lock alone. (POSIX record locks would not be inherited, but any `open` and `close` of the same file elsewhere in
    the process, by a backup for instance, would drop them silently.)
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open the file. Raises FileNotFoundError when it or, with `create`, its directory is not there."""
        with _forking:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o600)
            _open_locks.add(self)

    @property
    def descriptor(self) -> int:
        return self._descriptor

    @property
    def closed(self) -> bool:
        return self._descriptor < 0

    def try_shared(self) -> bool:
        return self._try(fcntl.LOCK_SH)

    def try_exclusive(self) -> bool:
        return self._try(fcntl.LOCK_EX)

    def acquire(self) -> None:
        """Wait, without limit, to hold the lock exclusively."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def release(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Release the lock, unless another process was given the descriptor: then that one holds it."""
        with _forking:
            _open_locks.discard(self)
            if not self.closed:
                os.close(self._descriptor)
                self._descriptor = -1

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


_forking: Final = threading.RLock()  # no fork between the opening of a lock and its entry in the list
_open_locks: Final = weakref.WeakSet[FileLock]()


def _forget_in_child() -> None:
    _forking.release()
    for lock in list(_open_locks):
        lock.close()


os.register_at_fork(before=_forking.acquire, after_in_parent=_forking.release, after_in_child=_forget_in_child)
