"""Access tokens: issued for fifteen minutes, and believed only when everything about them is as we made it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key

from adapters.jwt.claims import LEEWAY, LIFETIME, Unbelievable, bearer_of, claims_of
from adapters.jwt.compact import Malformed, Members, taken_apart
from adapters.jwt.keys import KeySource, SigningKeys, id_of
from adapters.jwt.remembered import Remembered
from application.identity.ports import AccessToken, Bearer
from application.shared.ports import Clock, IdFactory
from domain.identity.errors import InvalidToken, TokenExpired

TYPE: Final = "at+jwt"
"""RFC 9068, section 2.1."""

_HEADER: Final = frozenset({"typ", "alg", "kid"})
"""All that a header of ours has: no key of its own, no address of one, nothing critical."""


@dataclass(frozen=True, slots=True)
class JwtTokens:
    """Implements Tokens. `issuer` and `audience` are the public URL of the service."""

    keys: KeySource
    issuer: str
    clock: Clock
    new_id: IdFactory
    _verified: Remembered = field(default_factory=Remembered, init=False)

    def issue(self, bearer: Bearer) -> AccessToken:
        keys = self.keys.current()
        claims = claims_of(bearer, issuer=self.issuer, id=self.new_id(), now=self._now())
        header = {"typ": TYPE, "alg": keys.algorithm, "kid": id_of(keys.signing)}
        token = jwt.encode(header, claims, keys.signing, algorithms=[keys.algorithm])
        return AccessToken(token=token, expires_in=LIFETIME)

    def verify(self, token: str) -> Bearer:
        now = self._now()
        remembered = self._verified.under(self.keys.current())
        known = remembered.get(token)
        if known is None:
            known = self._examined(token, now)
        bearer, expires = known
        if now > expires + LEEWAY:
            raise TokenExpired
        return bearer

    def jwks(self) -> Mapping[str, Any]:
        return self.keys.current().published()

    def _now(self) -> int:
        """Seconds since 1970."""
        return int(self.clock.now().timestamp())

    def _examined(self, token: str, now: int) -> tuple[Bearer, int]:
        """Return who bears the token, and until when, which may be over; remember it. Raises: InvalidToken."""
        try:
            parts = taken_apart(token)
            keys, key = self._key_of(parts.header)
            jws.deserialize_compact(token, key, algorithms=[keys.algorithm])
            examined = bearer_of(parts.claims, issuer=self.issuer, now=now)
        except (Malformed, Unbelievable, JoseError):
            raise InvalidToken from None
        self._verified.remember(keys, token, examined)
        return examined

    def _key_of(self, header: Members) -> tuple[SigningKeys, Key]:
        """Return the key that must have signed, and the keys among which it is. Raises: Malformed.

        A key id that is not known here may be of a key that other processes sign with already: so we look once more.
        """
        kid = header.get("kid")
        if header.keys() != _HEADER or header["typ"] != TYPE or not isinstance(kid, str):
            raise Malformed
        keys = self.keys.current()
        if kid not in keys.by_id:
            keys = self.keys.newest()
        key = keys.by_id.get(kid)
        if key is None or header["alg"] != keys.algorithm:
            raise Malformed
        return keys, key
