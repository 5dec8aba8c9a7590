"""Answers that show a secret, kept so that only this service can read them: AES-256-GCM under a key of its own.

A sealed answer is a random nonce, then the ciphertext with its tag. With random nonces one key is good for 2^32 of them
(NIST SP 800-38D, section 8.3).
"""

import secrets
from collections.abc import Sequence
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.opaque.sealing import NONCE
from application.shared.ports import Unsealable


class AesGcmSealing:
    """Implements Sealing. The first key seals; while keys rotate, the others still open what they sealed."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """`keys` have 32 bytes each; there is at least one."""
        self._ciphers = [AESGCM(key) for key in keys]

    def seal(self, plain: bytes, *, bound_to: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._ciphers[0].encrypt(nonce, plain, bound_to)

    def unseal(self, sealed: bytes, *, bound_to: bytes) -> bytes:
        for cipher in self._ciphers:
            with suppress(InvalidTag, ValueError):
                return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], bound_to)
        raise Unsealable
