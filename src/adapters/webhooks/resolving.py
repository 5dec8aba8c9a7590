"""Names to addresses, by the system's resolver: in threads of its own, so that a slow name delays nobody else."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""From a host name to all of its addresses, the best first. Raises: OSError."""

THREADS: Final = 32
"""Names that are looked up at the same time. Nobody can interrupt the system's resolver."""


class SystemResolver:
    """Implements Resolve."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook-names")

    async def __call__(self, host: str) -> Sequence[str]:
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _addresses, host)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str) -> list[tuple[int, int, int, str, tuple[object, ...]]]:
    try:
        return socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)  # type: ignore[return-value]
    except UnicodeError as error:  # what no resolver is asked
        raise OSError(str(error)) from error
