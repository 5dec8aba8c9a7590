"""A short text that only who has a certain secret can read: AES-256-GCM, its key derived from the secret by HKDF.

A sealed text is a random nonce, then the ciphertext with its tag. It is bound to whom the secret belongs, so that one
that was put into another's row does not open.
"""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LABEL: Final = b"orderwright sealed token 1"
"""The purpose of the derived key (RFC 5869). Another form of sealing takes another label."""

NONCE: Final = 12
"""Bytes. Random will do: one secret seals a handful of texts in its life."""

MOST: Final = 1024
"""Bytes of what is sealed: more is not even looked at."""


class Unopened(ValueError):
    """This was not sealed under this secret, or is not whole."""


def sealed(text: str, *, secret: bytes, bound_to: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + _cipher(secret).encrypt(nonce, text.encode("utf-8"), bound_to)


def opened(sealed: bytes, *, secret: bytes, bound_to: bytes) -> str:
    """Raises: Unopened."""
    if len(sealed) > MOST:
        raise Unopened
    try:
        return _cipher(secret).decrypt(sealed[:NONCE], sealed[NONCE:], bound_to).decode("utf-8")
    except (InvalidTag, ValueError):
        raise Unopened from None


def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=LABEL).derive(secret))
