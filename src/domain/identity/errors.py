"""Refusals about who somebody is.

Refused
├── InvalidCredentials
├── InvalidToken
├── TokenExpired
└── PermissionMissing
"""

from dataclasses import dataclass
from typing import ClassVar

from domain.shared.errors import Kind, Refused


class InvalidCredentials(Refused):
    """The organization, the e-mail or the password is wrong; which one, nobody is told."""

    slug: ClassVar[str] = "invalid-credentials"
    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED

    def __str__(self) -> str:
        return "The organization, the e-mail address or the password is wrong."


class InvalidToken(Refused):
    """The access token is not one of ours, or not whole, or not for this. Which, nobody is told."""

    slug: ClassVar[str] = "invalid-token"
    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED

    def __str__(self) -> str:
        return "The access token is not valid."


class TokenExpired(Refused):
    """The access token was good once."""

    slug: ClassVar[str] = "token-expired"
    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED

    def __str__(self) -> str:
        return "The access token has expired: log in again."


@dataclass(eq=False)
class PermissionMissing(Refused):
    """The caller's role may not do this; `required` are the roles that may."""

    slug: ClassVar[str] = "insufficient-permissions"
    kind: ClassVar[Kind] = Kind.FORBIDDEN

    required: tuple[str, ...]

    def __str__(self) -> str:
        return f"This takes one of the roles {', '.join(self.required)}."
