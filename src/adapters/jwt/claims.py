"""What our access tokens say (RFC 9068, section 2.2), and when that is believed: a table of claims, and their times."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from application.identity.ports import Bearer
from application.shared.caller import PrincipalKind
from domain.identity.roles import Role
from domain.ids import CustomerId, OrganizationId

LIFETIME: Final = 15 * 60
"""Seconds."""

LEEWAY: Final = 30
"""Seconds by which clocks of several machines may differ."""

Claims = Mapping[str, Any]


class Unbelievable(ValueError):
    """These are not claims that we make."""


def claims_of(bearer: Bearer, *, issuer: str, id: UUID, now: int) -> dict[str, Any]:
    """Return what a token for this bearer says; `now` in seconds since 1970."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": issuer,
        "sub": str(bearer.id),
        "tid": str(bearer.organization),
        "role": bearer.role.value,
        "sid": str(bearer.credential),
        "jti": str(id),
        "iat": now,
        "exp": now + LIFETIME,
    }
    return claims if bearer.customer_id is None else {**claims, "cid": str(bearer.customer_id)}


def bearer_of(claims: Claims, *, issuer: str, now: int) -> tuple[Bearer, int]:
    """Return of whom these claims speak, and when they expire, which may have happened. Raises: Unbelievable.

    Every claim is there, of its type and in the form in which we write it, and there is no other. `aud` is one text:
    a list of one audience, which RFC 7519 allows, is not what we write.
    """
    if claims.keys() - {"cid"} != _FITS.keys():
        raise Unbelievable
    if (
        not all(fits(claims[name]) for name, fits in _FITS.items())
        or claims["iss"] != issuer
        or claims["aud"] != issuer
    ):
        raise Unbelievable
    role, customer = Role(claims["role"]), claims.get("cid")
    if ("cid" in claims) != (role is Role.CUSTOMER) or ("cid" in claims and not _is_id(customer)):
        raise Unbelievable
    issued, expires = claims["iat"], claims["exp"]
    if issued > now + LEEWAY or not 0 < expires - issued <= LIFETIME:
        raise Unbelievable
    bearer = Bearer(
        organization=OrganizationId(UUID(claims["tid"])),
        kind=PrincipalKind.USER,
        id=UUID(claims["sub"]),
        role=role,
        customer_id=None if customer is None else CustomerId(UUID(customer)),
        credential=UUID(claims["sid"]),
    )
    return bearer, expires


_CANONICAL: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _is_id(value: object) -> bool:
    return type(value) is str and _CANONICAL.fullmatch(value) is not None


def _is_text(value: object) -> bool:
    return type(value) is str


def _is_instant(value: object) -> bool:
    """A whole number of seconds; `bool` is an `int` to Python, not to us."""
    return type(value) is int


def _is_role(value: object) -> bool:
    return type(value) is str and value in _ROLES


_ROLES: Final = frozenset(role.value for role in Role)

_FITS: Final[Mapping[str, Callable[[object], bool]]] = {
    "iss": _is_text,
    "aud": _is_text,
    "sub": _is_id,
    "tid": _is_id,
    "role": _is_role,
    "sid": _is_id,
    "jti": _is_id,
    "iat": _is_instant,
    "exp": _is_instant,
}
"""Every claim that is always there. `cid` comes with the role of a customer, and with no other."""
