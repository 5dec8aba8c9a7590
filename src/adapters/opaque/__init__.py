"""Opaque tokens: random secrets that say whose they are, and nothing else; and what shows a secret, sealed."""

from adapters.opaque.answers import AesGcmSealing
from adapters.opaque.signing_secrets import SealedSecrets
from adapters.opaque.tokens import Sha256Tokens

__all__ = ["AesGcmSealing", "SealedSecrets", "Sha256Tokens"]
