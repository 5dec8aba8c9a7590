"""What the service says while it runs: one JSON object per line on stderr, ours and our libraries' alike."""

import json
import logging
import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from adapters.http import journal
from adapters.mail import log_notifier

ORDERWRIGHT_LOG: Final = "ORDERWRIGHT_LOG"

WORKER: Final = "orderwright.worker"

_line: Final = json.JSONEncoder(separators=(",", ":"), default=str).encode


class Log(StrEnum):
    """How much is said."""

    JSON = "json"
    """A line for every request and for what a worker did, and whatever went wrong."""
    NONE = "none"
    """Only what went wrong."""


class JsonLines(logging.Formatter):
    """A record as one line: `time` (UTC), `level`, `message`, its own members, the traceback in `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "members", {}),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return _line(said)


def log_as(wanted: Log) -> None:
    """Send every record of this process to stderr, from warnings up; those of requests as wanted."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in (journal.LOGGER, WORKER, log_notifier.LOGGER):
        logging.getLogger(name).setLevel(logging.INFO if wanted is Log.JSON else logging.WARNING)


def tell(log: logging.Logger, message: str, **members: object) -> None:
    """Write one line, with members of its own."""
    log.info(message, extra={"members": members})
