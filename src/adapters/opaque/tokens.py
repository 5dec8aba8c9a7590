"""Refresh tokens, API keys and password resets: `<kind><organization>.<id>.<secret>`, known by SHA-256 alone.

The ids are UUIDs in their canonical form, the secret is 32 random bytes in base64url (43 characters, no padding). The
random bytes have so much entropy that their hash needs no salt and no stretching.
"""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Final
from uuid import UUID

from adapters.opaque.sealing import Unopened, opened, sealed
from application.identity.ports import OpaqueToken, TokenKind
from domain.identity.errors import InvalidToken

SECRET_BYTES: Final = 32

SECRET_SIZE: Final = 43
"""Characters of a secret."""

REST_SIZE: Final = 36 + 1 + 36 + 1 + SECRET_SIZE
"""Characters of a token after its kind: all tokens of a kind are equally long."""

_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

_REST: Final = re.compile(rf"({_UUID})\.({_UUID})\.([A-Za-z0-9_-]{{{SECRET_SIZE}}})")


class Sha256Tokens:
    """Implements OpaqueTokens."""

    def new(self, kind: TokenKind, organization: UUID, id: UUID) -> OpaqueToken:
        return _token(kind, organization, id, secrets.token_bytes(SECRET_BYTES))

    def read(self, kind: TokenKind, text: str) -> OpaqueToken:
        """There is one text for one token: what would not be written in the same way again is refused."""
        if len(text) != len(kind.value) + REST_SIZE or not text.startswith(kind.value):
            raise InvalidToken
        found = _REST.fullmatch(text, len(kind.value))
        if found is None:
            raise InvalidToken
        organization, whose, secret = found.groups()
        token = _token(kind, UUID(organization), UUID(whose), urlsafe_b64decode(f"{secret}="))
        if token.text != text:  # the last character has two bits to spare
            raise InvalidToken
        return token

    def seal(self, token: OpaqueToken, *, under: OpaqueToken) -> bytes:
        return sealed(token.text, secret=_secret_of(under), bound_to=_ids_of(under))

    def unseal(self, sealed: bytes, *, under: OpaqueToken) -> str:
        try:
            return opened(sealed, secret=_secret_of(under), bound_to=_ids_of(under))
        except Unopened:
            raise InvalidToken from None


def _token(kind: TokenKind, organization: UUID, id: UUID, secret: bytes) -> OpaqueToken:
    written = urlsafe_b64encode(secret).rstrip(b"=").decode("ascii")
    return OpaqueToken(
        organization=organization,
        id=id,
        text=f"{kind.value}{organization}.{id}.{written}",
        secret_hash=sha256(secret).digest(),
    )


def _secret_of(token: OpaqueToken) -> bytes:
    return urlsafe_b64decode(f"{token.text[-SECRET_SIZE:]}=")


def _ids_of(token: OpaqueToken) -> bytes:
    return token.organization.bytes + token.id.bytes
