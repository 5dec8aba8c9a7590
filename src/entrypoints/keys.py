"""Key material: how one master key becomes many, and how the demo makes its own."""

import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adapters.jwt import new_signing_key

MASTER_BYTES: Final = 32


def derived(master: bytes, label: str) -> bytes:
    """Return the key for one purpose (RFC 5869). Who learns it learns nothing of the master key or of other labels."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=label.encode()).derive(master)


def parsed_master_key(text: str) -> bytes:
    """Raises: ValueError, for what is not 32 bytes in base64url."""
    try:
        key = urlsafe_b64decode(f"{text}{'=' * (-len(text) % 4)}".encode("ascii"))
    except ValueError:
        raise ValueError("a master key is written in base64url") from None
    if len(key) != MASTER_BYTES:
        raise ValueError(f"a master key has {MASTER_BYTES} bytes, this has {len(key)}")
    return key


def new_master_key() -> str:
    """Return a new master key, in base64url."""
    return urlsafe_b64encode(secrets.token_bytes(MASTER_BYTES)).rstrip(b"=").decode()


def make_keys(directory: Path) -> dict[str, Path]:
    """Return the files of the keys in `directory` by the name of their setting; missing ones are made (mode 0600)."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = {setting: directory / name for setting, (name, _) in _MADE.items()}
    for setting, (_, make) in _MADE.items():
        _write_once(files[setting], make)
    return files


def _write_once(file: Path, make: Callable[[], str]) -> None:
    """Write a new secret whole or not at all; of several processes that try one wins, and all use its secret."""
    if file.exists():
        return
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(f"{make()}\n")
        opened.flush()
        os.fsync(opened.fileno())
    try:
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()


_MADE: Final = {
    "ORDERWRIGHT_MASTER_KEY": ("master.key", new_master_key),
    "ORDERWRIGHT_SIGNING_KEY": ("signing.jwk", new_signing_key),
}
"""Which keys the demo makes for itself: setting, file, and how."""
