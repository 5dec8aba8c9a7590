"""Does a server answer? The startup packet of the PostgreSQL protocol 3.0 over a Unix socket."""

import socket
import struct
from pathlib import Path
from typing import Final

_PROTOCOL_3_0: Final = 196_608
_CANNOT_CONNECT_NOW: Final = b"C57P03\0"  # SQLSTATE while the server starts up, recovers or shuts down
_STARTUP: Final = b"user\0postgres\0database\0postgres\0\0"
_TERMINATE: Final = b"X\x00\x00\x00\x04"


def socket_path(socket_dir: Path, port: int) -> Path:
    return socket_dir / f".s.PGSQL.{port}"


def answers(socket_dir: Path, port: int, *, timeout: float = 2.0) -> bool:
    """Whether a session can be had now, as `pg_isready` judges; `timeout` in seconds.

    A refusal for another reason than "not now" (every connection slot taken) is an answer of a running server.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(str(socket_path(socket_dir, port)))
            connection.sendall(struct.pack("!ii", 8 + len(_STARTUP), _PROTOCOL_3_0) + _STARTUP)
            reply = connection.recv(4096)
            if reply[:1] == b"R":
                connection.sendall(_TERMINATE)
    except OSError:
        return False
    return bool(reply) and _CANNOT_CONNECT_NOW not in reply
