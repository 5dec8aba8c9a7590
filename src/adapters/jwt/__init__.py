"""Access tokens as JSON Web Tokens (RFC 9068), and the keys that sign them."""

from adapters.jwt.key_file import KeyFile
from adapters.jwt.keys import KeySource, KeyUnfit, SigningKeys
from adapters.jwt.rotation import KeyInUse, Purpose, in_use, new_signing_key, new_signing_keys, rotated
from adapters.jwt.tokens import JwtTokens

__all__ = [
    "JwtTokens",
    "KeyFile",
    "KeyInUse",
    "KeySource",
    "KeyUnfit",
    "Purpose",
    "SigningKeys",
    "in_use",
    "new_signing_key",
    "new_signing_keys",
    "rotated",
]
