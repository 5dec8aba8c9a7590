"""Refusals about who somebody is.

Refused
├── InvalidCredentials
├── InvalidToken
├── TokenExpired
├── TokenReuseDetected
├── PermissionMissing
├── RateLimitExceeded
└── NotFound
    ├── MemberNotFound
    ├── SessionNotFound
    └── ApiKeyNotFound
"""

from dataclasses import dataclass
from typing import ClassVar

from domain.shared.errors import Kind, NotFound, Refused


class InvalidCredentials(Refused):
    """The organization, the e-mail or the password is wrong; which one, nobody is told."""

    slug: ClassVar[str] = "invalid-credentials"
    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED

    def __str__(self) -> str:
        return "The organization, the e-mail address or the password is wrong."


class InvalidToken(Refused):
    """The token is not one of ours, or not whole, or not for this, or no longer good. Which, nobody is told."""

    slug: ClassVar[str] = "invalid-token"
    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED

    def __str__(self) -> str:
        return "The token is not valid."


class TokenExpired(Refused):
    """The token was good once."""

    slug: ClassVar[str] = "token-expired"
    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED

    def __str__(self) -> str:
        return "The token has expired."


class TokenReuseDetected(Refused):
    """A refresh token was presented twice: it was stolen, from or by whoever presents it. Its session is over."""

    slug: ClassVar[str] = "token-reuse-detected"
    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED

    def __str__(self) -> str:
        return "This refresh token was used before; for safety, its session is over: log in again."


@dataclass(eq=False)
class PermissionMissing(Refused):
    """The caller's role may not do this; `required` are the roles that may."""

    slug: ClassVar[str] = "insufficient-permissions"
    kind: ClassVar[Kind] = Kind.FORBIDDEN

    required: tuple[str, ...]

    def __str__(self) -> str:
        return f"This takes one of the roles {', '.join(self.required)}."


@dataclass(eq=False)
class RateLimitExceeded(Refused):
    """More than the `limit` in `window` seconds of this `policy`. In `retry_after` seconds it can be tried again."""

    slug: ClassVar[str] = "rate-limit-exceeded"
    kind: ClassVar[Kind] = Kind.LIMITED

    policy: str
    limit: int
    window: int
    retry_after: int

    def __str__(self) -> str:
        return f"That was too often: at most {self.limit} in {self.window} s. Try again in {self.retry_after} s."


class MemberNotFound(NotFound):
    resource: ClassVar[str] = "member"


class SessionNotFound(NotFound):
    resource: ClassVar[str] = "session"


class ApiKeyNotFound(NotFound):
    resource: ClassVar[str] = "api-key"
