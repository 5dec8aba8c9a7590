"""Where everything of one embedded server lies, and how it is made: private, and nothing else is touched."""

import os
from pathlib import Path
from typing import NamedTuple


class Layout(NamedTuple):
    """The names under `<data directory>/postgres`; the rest of the data directory belongs to the application."""

    home: Path

    @property
    def data(self) -> Path:
        """PGDATA, unless `elsewhere` says otherwise."""
        return self.home / "data"

    @property
    def sockets(self) -> Path:
        """The directory of the Unix socket, where its path is short enough for one."""
        return self.home / "run"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def users(self) -> Path:
        """Lock: shared by every user of the server; exclusive by the supervisor once there are none."""
        return self.home / "users.lock"

    @property
    def supervisor(self) -> Path:
        """Lock: exclusive by the supervisor, all its life."""
        return self.home / "supervisor.lock"

    @property
    def departures(self) -> Path:
        """Lock: exclusive by the one user who is just leaving."""
        return self.home / "departures.lock"

    @property
    def status(self) -> Path:
        return self.home / "status.json"

    @property
    def elsewhere(self) -> Path:
        """A file with the path of the directory that holds `data` and `run` for a server that runs as `nobody`."""
        return self.home / "elsewhere"


def layout_of(data_dir: Path) -> Layout:
    return Layout(data_dir.resolve() / "postgres")


def make_private(directory: Path) -> None:
    """Make the directory and its missing parents with mode 0700; what exists keeps its mode."""
    for missing in reversed([path for path in (directory, *directory.parents) if not path.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def private_opener(path: str, flags: int) -> int:
    """For `open(…, opener=private_opener)`: a new file has mode 0600."""
    return os.open(path, flags, 0o600)


def write_private(path: Path, text: str) -> None:
    """Replace the file at once: a reader sees the old text or the new."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    with open(draft, "w", encoding="utf-8", opener=private_opener) as file:
        file.write(text)
    draft.replace(path)


def tail(path: Path, *, lines: int = 25) -> str:
    """The last lines of a text file; empty when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16_384))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
