"""The keys that sign access tokens: one that signs now, others that are still or already believed, one algorithm."""

import json
import warnings
from collections.abc import Mapping
from typing import Any, Final, Self

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, Key, KeySet, OctKey, OKPKey, import_key

Jwk = dict[str, Any]

MIN_SECRET: Final = 32
"""Bytes of an HS256 key (RFC 7518, section 3.2)."""


class KeyUnfit(ValueError):
    """This cannot be a signing key; the message says why."""


class SigningKeys:
    """The first key signs; every key verifies and is published. All have the same algorithm."""

    def __init__(self, keys: tuple[Key, ...]) -> None:
        algorithms = {_algorithm(key) for key in keys}
        if len(algorithms) != 1:
            raise KeyUnfit("the keys need exactly one algorithm among them")
        if not keys[0].is_private:
            raise KeyUnfit("the first key has no private part, so it cannot sign")
        for key in keys:
            key.ensure_kid()
        self.algorithm = algorithms.pop()
        self.signing = keys[0]
        self.all = KeySet(list(keys))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one JWK (RFC 7517), or a JWK Set. Raises: KeyUnfit."""
        try:
            value = json.loads(text)
            with warnings.catch_warnings():
                warnings.simplefilter("error", SecurityWarning)
                keys = tuple(import_key(jwk) for jwk in value.get("keys", [value]))
        except SecurityWarning:
            raise KeyUnfit(f"a secret has at least {MIN_SECRET} bytes") from None
        except (ValueError, TypeError, KeyError, AttributeError, JoseError):
            raise KeyUnfit("this is neither a JWK nor a JWK Set") from None
        if not keys:
            raise KeyUnfit("this JWK Set is empty")
        return cls(keys)

    def published(self) -> Mapping[str, Any]:
        """Return the public parts as a JWK Set; a shared secret has none."""
        public = [
            {**key.as_dict(private=False), "use": "sig", "alg": self.algorithm}
            for key in self.all.keys
            if not isinstance(key, OctKey)
        ]
        return {"keys": public}


def new_signing_key() -> str:
    """Return a new Ed25519 key as a JWK."""
    key = OKPKey.generate_key("Ed25519", private=True, auto_kid=True)
    return json.dumps(key.as_dict(private=True))


def _algorithm(key: Key) -> str:
    match key:
        case OKPKey() if key.curve_name == "Ed25519":
            return "Ed25519"
        case ECKey() if key.curve_name == "P-256":
            return "ES256"
        case OctKey() if len(key.raw_value) >= MIN_SECRET:
            return "HS256"
        case _:
            raise KeyUnfit(f"a signing key is Ed25519, P-256 or a secret of at least {MIN_SECRET} bytes")
