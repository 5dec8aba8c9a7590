"""Authenticate: whose a bearer token is, be it an access token or an API key."""

from dataclasses import dataclass

from application.identity.ports import ApiKeyBearers, Bearer, OpaqueTokens, Revocations, TokenKind, Tokens
from domain.identity.errors import InvalidToken


@dataclass(frozen=True, slots=True)
class AuthenticateHandler:
    """Raises: InvalidToken, TokenExpired; Unavailable. An access token takes no I/O."""

    tokens: Tokens
    opaque: OpaqueTokens
    keys: ApiKeyBearers
    revocations: Revocations

    async def __call__(self, token: str) -> Bearer:
        bearer = await self._key(token) if token.startswith(TokenKind.API_KEY) else self.tokens.verify(token)
        self.revocations.check(bearer)
        return bearer

    async def _key(self, text: str) -> Bearer:
        bearer = await self.keys.find(self.opaque.read(TokenKind.API_KEY, text))
        if bearer is None:
            raise InvalidToken
        return bearer
