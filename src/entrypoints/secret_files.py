"""Files with secrets: for their owner alone (mode 0600), and written whole or not at all."""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class DirectoryBusy(Exception):
    """Somebody else is changing something in this directory."""


def write_once(file: Path, make: Callable[[], str]) -> None:
    """Write a new secret; of several processes that try one wins, and all use its secret."""
    if file.exists():
        return
    with _draft(file, make()) as draft, suppress(FileExistsError):
        os.link(draft, file)


def replace_secret(file: Path, text: str) -> None:
    """Put another secret in the place of this one; a reader sees the old or the new, nothing between.

    The owner stays the same, or a service that runs as somebody else could not read its keys any more.

    Raises: PermissionError, when we may not give it to him.
    """
    file = file.resolve()  # a link stays a link
    with _draft(file, text, owned_as=file.stat()) as draft:
        draft.rename(file)


@contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """Keep others who ask in this way out; however we end, they can come in. Raises: DirectoryBusy."""
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DirectoryBusy from None
        yield
    finally:
        os.close(opened)


@contextmanager
def _draft(file: Path, text: str, *, owned_as: os.stat_result | None = None) -> Iterator[Path]:
    """Write a file beside this one, safe on disk; afterwards it is gone, and what was made of it is safe on disk."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            if owned_as is not None and owned_as.st_uid != os.fstat(opened.fileno()).st_uid:
                os.fchown(opened.fileno(), owned_as.st_uid, owned_as.st_gid)
            opened.write(f"{text}\n")
            opened.flush()
            os.fsync(opened.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)
    _sync(file.parent)


def _sync(directory: Path) -> None:
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
