"""Log in: a password for an access token."""

from dataclasses import dataclass

from application.identity.ports import AccessToken, Credentials, Passwords, Tokens
from domain.identity.errors import InvalidCredentials


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    """`organization` is a slug."""

    organization: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class LogInHandler:
    """Raises: InvalidCredentials, after the same work whatever is wrong."""

    credentials: Credentials
    passwords: Passwords
    tokens: Tokens

    async def __call__(self, command: LogIn) -> AccessToken:
        credential = await self.credentials.find(command.organization, command.email)
        known = await self.passwords.verify(command.password, credential.password_hash if credential else None)
        if credential is None or not known:
            raise InvalidCredentials
        return self.tokens.issue(credential)
