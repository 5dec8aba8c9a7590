"""What a supervisor says of its server: one small JSON file that every user of the server reads."""

import json
from pathlib import Path
from typing import Literal, NamedTuple

from adapters.embedded_postgres.layout import write_private

State = Literal["starting", "ready", "stopped", "failed"]


class Status(NamedTuple):
    """Valid only while the supervisor's lock is held; what a dead supervisor wrote is history."""

    state: State = "stopped"
    socket_dir: str = ""
    port: int = 5432
    durable: bool = True
    supervisor: int = 0  # process id
    postmaster: int = 0  # process id
    reason: str = ""  # of "failed"

    def write(self, path: Path) -> None:
        write_private(path, json.dumps(self._asdict()))

    @staticmethod
    def read(path: Path) -> "Status":
        """What was written last; the default when there is nothing, or nothing that this version understands."""
        try:
            return Status(**json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return Status()
