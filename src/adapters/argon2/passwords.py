"""Passwords by argon2id with OWASP's parameters, off the event loop, few at once."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")

MEMORY: Final = 19 * 1024
"""KiB of one hash."""

PASSES: Final = 2
LANES: Final = 1
AT_ONCE: Final = 2
"""Hashes at the same time: each keeps a core busy for tens of milliseconds; the event loop needs one, too."""


class Argon2Passwords:
    """Implements Passwords. Two spellings of one password (composed or not) are the same password."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY, parallelism=LANES)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        return await self._run(self._hasher.hash, _composed(password))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        fits = await self._run(self._fits, _composed(password), password_hash or self._nobody)
        return fits and password_hash is not None

    async def _run(self, work: Callable[..., T], *arguments: str) -> T:
        """Have it done in a thread; a caller who leaves does not make room for another before it is done."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _fits(self, password: str, password_hash: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def _composed(password: str) -> str:
    return unicodedata.normalize("NFC", password)
