"""A signed token taken apart (RFC 7515, section 3.1): only the one spelling that an encoder writes is read."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, Final

MAX_SIZE: Final = 4096
"""Bytes of a token: more is not even looked at."""

Members = dict[str, Any]


class Malformed(ValueError):
    """This is no signed token in compact form."""


@dataclass(frozen=True, slots=True)
class Compact:
    """What a token says, not yet what is true."""

    header: Members
    claims: Members
    signed: bytes
    signature: bytes


def taken_apart(token: str) -> Compact:
    """Read a token. Raises: Malformed.

    Refused are also: padding, letters outside the alphabet, unused bits that are set, members that appear twice.
    """
    if len(token) > MAX_SIZE or not token.isascii():
        raise Malformed
    parts = token.split(".")
    if len(parts) != 3:
        raise Malformed
    header, claims, signature = parts
    try:
        return Compact(
            header=_members(header),
            claims=_members(claims),
            signed=token[: -len(signature) - 1].encode("ascii"),
            signature=_decoded(signature),
        )
    except (ValueError, RecursionError):
        raise Malformed from None


def _decoded(part: str) -> bytes:
    """Python's decoder is lenient; what is not written in the same way again was not written by an encoder."""
    value = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if not value or urlsafe_b64encode(value).rstrip(b"=").decode("ascii") != part:
        raise Malformed
    return value


def _members(part: str) -> Members:
    value = json.loads(_decoded(part).decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    if not isinstance(value, dict):
        raise Malformed
    return value


def _once(pairs: list[tuple[str, Any]]) -> Members:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed
    return members


def _no_number(_: str) -> None:
    raise Malformed
