"""What comes and goes over the wire that nobody else may see: new passwords in, tokens out."""

from collections.abc import Mapping
from typing import Final

from domain.identity.passwords import NewPassword, UnfitPassword
from domain.shared.errors import RulesBroken, Violation

NO_STORE: Final[Mapping[str, str]] = {"Cache-Control": "no-store"}
"""For every answer that shows a secret."""


def new_password(text: str, pointer: str) -> NewPassword:
    """Return a password that keeps the rules. Raises: RulesBroken, at `pointer`."""
    try:
        return NewPassword(text)
    except UnfitPassword as unfit:
        raise RulesBroken((Violation(pointer, unfit.code, str(unfit)),)) from None
