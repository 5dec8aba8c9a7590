"""The keys that sign access tokens: one that signs now, the next one, those that are still believed; one algorithm."""

import json
import warnings
from collections.abc import Mapping
from typing import Any, Final, Protocol, Self

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, import_key

Jwk = dict[str, Any]

MIN_SECRET: Final = 32
"""Bytes of an HS256 key (RFC 7518, section 3.2)."""

OTHER_NAMES: Final[Mapping[str, str]] = {"EdDSA": "Ed25519"}
"""What RFC 9864 renamed, and what the name means here."""


class KeyUnfit(ValueError):
    """This cannot be a signing key; the message says why."""


class KeySource(Protocol):
    """Where the keys come from: they may be others from one use to the next."""

    def current(self) -> "SigningKeys":
        """Return the keys that count now, at most half a second late. Raises: nothing."""

    def newest(self) -> "SigningKeys":
        """Return the keys that count now, without any delay. Raises: nothing."""


class SigningKeys:
    """The first key signs; every key verifies and is published. All have the same algorithm, none the id of another.

    They never change, so they are a KeySource, too. Of a JWK only its material and its `kid` are kept; without a
    `kid`, its thumbprint is its id (RFC 7638).
    """

    def __init__(self, keys: tuple[Key, ...]) -> None:
        if not keys:
            raise KeyUnfit("this JWK Set is empty")
        algorithms = {algorithm_of(key) for key in keys}
        if len(algorithms) != 1:
            raise KeyUnfit("the keys need exactly one algorithm among them")
        if not keys[0].is_private:
            raise KeyUnfit("the first key has no private part, so it cannot sign")
        self.algorithm = algorithms.pop()
        self.all = keys
        self.by_id: Final[Mapping[str, Key]] = {id_of(key): key for key in keys}
        if len(self.by_id) != len(keys):
            raise KeyUnfit("two of the keys have the same kid")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one JWK (RFC 7517), or a JWK Set. Raises: KeyUnfit."""
        try:
            value = json.loads(text)
            with warnings.catch_warnings():
                warnings.simplefilter("error", SecurityWarning)
                keys = tuple(_plain(jwk) for jwk in value.get("keys", [value]))
        except SecurityWarning:
            raise KeyUnfit(f"a secret has at least {MIN_SECRET} bytes") from None
        except KeyUnfit:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, JoseError):
            raise KeyUnfit("this is neither a JWK nor a JWK Set") from None
        return cls(keys)

    @property
    def signing(self) -> Key:
        return self.all[0]

    @property
    def next(self) -> Key | None:
        """The key that signs after the next rotation: the second, if it can sign."""
        return self.all[1] if len(self.all) > 1 and self.all[1].is_private else None

    @property
    def believed(self) -> tuple[Key, ...]:
        """Keys that signed once: what they signed is still good."""
        return self.all[1:] if self.next is None else self.all[2:]

    def current(self) -> Self:
        return self

    def newest(self) -> Self:
        return self

    def published(self) -> Mapping[str, Any]:
        """Return the public parts as a JWK Set; a shared secret has none."""
        public = [
            {**key.as_dict(private=False), "use": "sig", "alg": self.algorithm}
            for key in self.all
            if not isinstance(key, OctKey)
        ]
        return {"keys": public}


def algorithm_of(key: Key) -> str:
    """Raises: KeyUnfit."""
    match key:
        case OKPKey() if key.curve_name == "Ed25519":
            return "Ed25519"
        case ECKey() if key.curve_name == "P-256":
            return "ES256"
        case OctKey() if len(key.raw_value) >= MIN_SECRET:
            return "HS256"
        case _:
            raise KeyUnfit(f"a signing key is Ed25519, P-256 or a secret of at least {MIN_SECRET} bytes")


def id_of(key: Key) -> str:
    """Return the key's `kid`, its thumbprint where it has none."""
    key.ensure_kid()
    return str(key.kid)


def _plain(jwk: Jwk) -> Key:
    """Return the key without anything that is said about it. Raises: KeyUnfit, when that speaks against our use."""
    key = import_key(jwk)
    algorithm, kid = jwk.get("alg"), jwk.get("kid")
    if jwk.get("use", "sig") != "sig":
        raise KeyUnfit('a key with a "use" other than "sig" signs nothing')
    if algorithm is not None and OTHER_NAMES.get(algorithm, algorithm) != algorithm_of(key):
        raise KeyUnfit(f'the "alg" of a key is not {algorithm_of(key)}, which it is used for')
    if kid is not None and not (isinstance(kid, str) and kid):
        raise KeyUnfit('a "kid" is a text')
    plain: Key = type(key).import_key(key.raw_value, {"kid": kid} if kid else None)  # type: ignore[arg-type]
    plain.ensure_kid()
    return plain
