"""A clock that stands still until it is moved, for several processes at once: what it says stands in a file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

CLOCK: Final = "TESTS_CLOCK"
"""The variable that names the file."""


class FileClock:
    """Implements Clock."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @classmethod
    def start(cls, file: Path) -> Self:
        """Make the file: it is now."""
        clock = cls(file)
        clock._set(datetime.now(UTC))
        return clock

    def now(self) -> datetime:
        return datetime.fromisoformat(self._file.read_text(encoding="ascii"))

    def advance(self, *, seconds: float) -> None:
        self._set(self.now() + timedelta(seconds=seconds))

    def _set(self, instant: datetime) -> None:
        """Replace the file at once: who reads it meanwhile reads the one or the other."""
        new = self._file.with_suffix(".new")
        new.write_text(instant.isoformat(), encoding="ascii")
        new.replace(self._file)
