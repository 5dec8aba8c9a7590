"""Which operations sign callers in and out (D18): they make nothing that is kept, whatever their method says."""

from typing import Final

from domain.generation.contract import Method, Operation
from domain.generation.derivation.envelopes import entity, record_of
from domain.generation.derivation.naming import words
from domain.generation.derivation.paths import Address, Word
from domain.generation.intake.contracts import HINT
from domain.generation.shapes import Shape, Shapes

_ENDINGS: Final = frozenset({
    "login", "logon", "signin", "authenticate", "logout", "logoff", "signout", "token", "refresh", "logouteverywhere",
    "oauth", "password", "passwordreset", "resetpassword", "changepassword", "forgotpassword",
})  # fmt: skip
_SECRETS: Final = frozenset({"password", "passphrase", "pin", "secret"})
_TOKENS: Final = frozenset({"token", "jwt", "session"})


def signing(
    operation: Operation, address: Address, request: Shape | None, answer: Shape | None, shapes: Shapes
) -> str | None:
    """Return what says that an operation signs somebody in or out, or None: it does not."""
    if address.keys or operation.response("201") is not None or f"{HINT}entity" in (operation.hints or {}):
        return None
    last = address.tail or next(
        (segment.text for segment in reversed(address.collection) if isinstance(segment, Word)), ""
    )
    if "".join(words(last)) in _ENDINGS and (operation.method is Method.POST or address.tail is not None):
        return f"its path ends with {last}"
    if operation.method is Method.POST and _has(request, shapes, _SECRETS) and _has(answer, shapes, _TOKENS):
        return "a password goes in and a token comes out"
    return None


def _has(shape: Shape | None, shapes: Shapes, names: frozenset[str]) -> bool:
    record = None if shape is None else record_of(entity(shape, shapes).shape, shapes)
    return record is not None and any(set(words(member.wire)) & names for member in record.members)
