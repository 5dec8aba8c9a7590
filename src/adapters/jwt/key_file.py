"""The signing keys of a file that may be replaced while we run."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Final

from adapters.jwt.keys import KeyUnfit, SigningKeys

LOOK_EVERY: Final = 0.5
"""Seconds between two looks at the file. There is no thread: who uses the keys looks."""

MAX_SIZE: Final = 1024 * 1024
"""Bytes of the file: more is no key set."""

_LOG: Final = logging.getLogger("orderwright.keys")

Stamp = tuple[int, ...] | None


class KeyFile:
    """Implements KeySource. A new file that cannot be read, or holds no keys, is logged; the keys before it stay."""

    def __init__(self, file: str | Path, ticks: Callable[[], float] = monotonic) -> None:
        """Read the file. Raises: KeyUnfit; its message names the file when it cannot be read."""
        self._file = Path(file).absolute()
        self._ticks = ticks
        self._seen = _stamp(self._file)
        self._keys = _read(self._file)
        self._look_at = ticks() + LOOK_EVERY

    def current(self) -> SigningKeys:
        return self._keys if self._ticks() < self._look_at else self.newest()

    def newest(self) -> SigningKeys:
        self._look_at = self._ticks() + LOOK_EVERY
        stamp = _stamp(self._file)
        if stamp != self._seen:
            self._seen = stamp  # before it is read: what is written meanwhile is seen at the next look
            try:
                self._keys = _read(self._file)
            except KeyUnfit as error:
                _LOG.error("the signing keys stay as they were: %s: %s", self._file, error)
            else:
                _LOG.info("signing keys read again from %s", self._file)
        return self._keys


def _stamp(file: Path) -> Stamp:
    """Return what differs as soon as the file is another, None where there is none to be seen."""
    try:
        found = os.stat(file)  # noqa: PTH116 - on every use of the keys, so cheap
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


def _read(file: Path) -> SigningKeys:
    try:
        with file.open(encoding="utf-8") as opened:
            text = opened.read(MAX_SIZE + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise KeyUnfit(f"cannot read {file} ({error.__class__.__name__})") from None
    if len(text) > MAX_SIZE:
        raise KeyUnfit("this is too large for a JWK Set")
    return SigningKeys.parse(text)
