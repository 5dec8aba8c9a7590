"""How one set of signing keys becomes the next: a key is published for one whole term before it signs.

Who verifies our tokens by the published key set may keep that for minutes; so he knows every key before he meets it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from joserfc.jwk import ECKey, Key, OctKey, OKPKey

from adapters.jwt.keys import MIN_SECRET, Jwk, SigningKeys, id_of


class Purpose(StrEnum):
    """What a key is for."""

    SIGNING = "signing"
    NEXT = "next"
    BELIEVED = "believed"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInUse:
    """A key as it may be shown to anybody."""

    kid: str
    purpose: Purpose
    algorithm: str


def new_signing_key() -> str:
    """Return a new Ed25519 key as a JWK."""
    return json.dumps(_private(_fresh("Ed25519")))


def new_signing_keys() -> str:
    """Return a JWK Set of two new Ed25519 keys: one that signs, and the next."""
    return _written(_fresh("Ed25519"), _fresh("Ed25519"))


def rotated(text: str, *, forget: bool = False) -> str:
    """Return the JWK Set after this one: the next key signs, a fresh one is next, what signed is believed once more.

    What was only believed is dropped; with `forget`, so is what signed, and all that it signed is refused. Where no
    key is next (a single JWK), two are made, and one of them signs without ever having been published before.

    Raises: KeyUnfit.
    """
    keys = SigningKeys.parse(text)
    following = keys.next or _fresh(keys.algorithm)
    return _written(following, _fresh(keys.algorithm), *(() if forget else (keys.signing,)))


def in_use(text: str) -> Iterator[KeyInUse]:
    """Say what each key is for, the signing one first. Raises: KeyUnfit."""
    keys = SigningKeys.parse(text)
    sorted_out = {
        Purpose.SIGNING: (keys.signing,),
        Purpose.NEXT: () if keys.next is None else (keys.next,),
        Purpose.BELIEVED: keys.believed,
    }
    for purpose, of_it in sorted_out.items():
        for key in of_it:
            yield KeyInUse(kid=id_of(key), purpose=purpose, algorithm=keys.algorithm)


def _fresh(algorithm: str) -> Key:
    return _MADE[algorithm]()


def _written(signing: Key, following: Key, *believed: Key) -> str:
    return json.dumps({"keys": [_private(signing), _private(following), *map(_public, believed)]})


def _private(key: Key) -> Jwk:
    return dict(key.as_dict(private=True))


def _public(key: Key) -> Jwk:
    """Return what verifies: of a shared secret that is all of it."""
    return dict(key.as_dict(private=False))


_MADE: Final[Mapping[str, Callable[[], Key]]] = {
    "Ed25519": lambda: OKPKey.generate_key("Ed25519", auto_kid=True),
    "ES256": lambda: ECKey.generate_key("P-256", auto_kid=True),
    "HS256": lambda: OctKey.generate_key(MIN_SECRET * 8, auto_kid=True),
}
"""How a fresh key of each algorithm is made."""
