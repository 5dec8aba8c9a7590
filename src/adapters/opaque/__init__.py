"""Opaque tokens: random secrets that say whose they are, and nothing else; and answers that show one, sealed."""

from adapters.opaque.answers import AesGcmSealing
from adapters.opaque.tokens import Sha256Tokens

__all__ = ["AesGcmSealing", "Sha256Tokens"]
