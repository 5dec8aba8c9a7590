"""Access tokens as JSON Web Tokens (RFC 9068)."""

from adapters.jwt.keys import KeyUnfit, SigningKeys, new_signing_key
from adapters.jwt.tokens import JwtTokens

__all__ = ["JwtTokens", "KeyUnfit", "SigningKeys", "new_signing_key"]
