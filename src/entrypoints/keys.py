"""Key material: how one master key becomes many, and how the demo makes its own."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adapters.jwt import new_signing_keys
from entrypoints.secret_files import write_once

MASTER_BYTES: Final = 32

SIGNING_FILE: Final = "signing.jwk"
"""A JWK Set, or a single JWK, as they were made before keys rotated."""


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
        write_once(files[setting], make)
    return files


_MADE: Final = {
    "ORDERWRIGHT_MASTER_KEY": ("master.key", new_master_key),
    "ORDERWRIGHT_SIGNING_KEY": (SIGNING_FILE, new_signing_keys),
}
"""Which keys the demo makes for itself: setting, file, and how."""
