"""Access tokens: issued for fifteen minutes, and believed only when everything about them is as we made it."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError

from adapters.jwt.keys import SigningKeys
from application.identity.ports import AccessToken, Bearer, Credential
from application.shared.ports import Clock, IdFactory
from domain.identity.errors import InvalidToken, TokenExpired
from domain.identity.roles import Role
from domain.ids import CustomerId, MemberId, OrganizationId

LIFETIME: Final = 15 * 60
"""Seconds."""

LEEWAY: Final = 30
"""Seconds by which clocks of several machines may differ."""

MAX_SIZE: Final = 4096
"""Bytes of a token: more is not even looked at."""

REMEMBERED: Final = 4096
"""Verified tokens that need no second look at their signature."""

_TYPE: Final = "at+jwt"
_REQUIRED: Final = ("iss", "aud", "sub", "tid", "role", "sid", "jti", "iat", "exp")


@dataclass(frozen=True, slots=True)
class JwtTokens:
    """Implements Tokens. `issuer` and `audience` are the public URL of the service."""

    keys: SigningKeys
    issuer: str
    clock: Clock
    new_id: IdFactory
    _verified: OrderedDict[str, tuple[Bearer, int]] = field(default_factory=OrderedDict, init=False)

    def issue(self, credential: Credential) -> AccessToken:
        now = int(self.clock.now().timestamp())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.issuer,
            "sub": str(credential.member_id),
            "tid": str(credential.organization),
            "role": credential.role.value,
            "sid": str(self.new_id()),
            "jti": str(self.new_id()),
            "iat": now,
            "exp": now + LIFETIME,
        }
        if credential.customer_id is not None:
            claims["cid"] = str(credential.customer_id)
        header = {"typ": _TYPE, "alg": self.keys.algorithm, "kid": self.keys.signing.kid}
        token = jwt.encode(header, claims, self.keys.signing, algorithms=[self.keys.algorithm])
        return AccessToken(token=token, expires_in=LIFETIME)

    def verify(self, token: str) -> Bearer:
        now = int(self.clock.now().timestamp())
        if known := self._verified.get(token):
            bearer, expires = known
            if now <= expires + LEEWAY:
                return bearer
            raise TokenExpired
        bearer, expires = self._examined(token, now)
        self._verified[token] = (bearer, expires)
        if len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)
        return bearer

    def jwks(self) -> Mapping[str, Any]:
        return self.keys.published()

    def _examined(self, token: str, now: int) -> tuple[Bearer, int]:
        """Return who bears the token, and until when. Raises: InvalidToken, TokenExpired."""
        if len(token) > MAX_SIZE:
            raise InvalidToken
        try:
            decoded = jwt.decode(token, self.keys.all, algorithms=[self.keys.algorithm])
            _check_header(decoded.header, {key.kid for key in self.keys.all.keys})
            claims = decoded.claims
            self._registry(now).validate(claims)
            _check_times(claims, now)
            return _bearer(claims), claims["exp"]
        except ExpiredTokenError:
            raise TokenExpired from None
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise InvalidToken from None

    def _registry(self, now: int) -> jwt.JWTClaimsRegistry:
        """Return what decides on claims; `decode` alone looks at none of them."""
        required: dict[str, Any] = {name: {"essential": True} for name in _REQUIRED}
        ours: dict[str, Any] = {name: {"essential": True, "value": self.issuer} for name in ("iss", "aud")}
        return jwt.JWTClaimsRegistry(now=now, leeway=LEEWAY, **{**required, **ours})


def _check_header(header: Mapping[str, Any], kids: set[str | None]) -> None:
    if header.get("typ") != _TYPE or header.get("kid") not in kids or header.keys() - {"typ", "alg", "kid"}:
        raise ValueError("not a header of ours")


def _check_times(claims: Mapping[str, Any], now: int) -> None:
    issued, expires = claims["iat"], claims["exp"]
    if type(issued) is not int or type(expires) is not int:
        raise TypeError("times are whole seconds")
    if issued > now + LEEWAY or not 0 < expires - issued <= LIFETIME:
        raise ValueError("issued in the future, or good for longer than we issue")


def _bearer(claims: Mapping[str, Any]) -> Bearer:
    customer = claims.get("cid")
    role = Role(claims["role"])
    if (role is Role.CUSTOMER) != (customer is not None):
        raise ValueError("a customer, and nobody else, acts for one customer record")
    UUID(claims["sid"])
    UUID(claims["jti"])
    return Bearer(
        organization=OrganizationId(UUID(claims["tid"])),
        member_id=MemberId(UUID(claims["sub"])),
        role=role,
        customer_id=CustomerId(UUID(customer)) if customer is not None else None,
    )
