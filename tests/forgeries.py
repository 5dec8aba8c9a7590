"""Bearer values that nobody may get in with: forged, altered, expired, misdirected, misplaced.

`forgeries` takes the claims of a good access token and the real private key, and yields named values that
`Tokens.verify` must refuse by InvalidToken or TokenExpired, and every route by 401. Many are signed with the real key:
what is wrong about them must be noticed although the signature is right. Most differ from a good token in one thing.

`orphans` yields tokens that are ours in every respect, but for somebody who is not there: no signature can tell, so
`Tokens.verify` believes them, and only a look at sessions and organizations refuses them.

Nothing here knows HTTP. Some values cannot travel in a header as they are (spaces, line feeds, letters beyond ASCII):
`fits_a_header` says which can.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest
from typing import Any, Final, Self

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Json = dict[str, Any]
Named = Iterator[tuple[str, str]]
Sign = Callable[[bytes], bytes]

LIFETIME: Final = 15 * 60
LEEWAY: Final = 30
MAX_SIZE: Final = 4096

NOBODY: Final = "00000000-0000-4000-8000-000000000000"
"""An id that nothing has."""

GONE: Final = object()
"""In a patch: take the member away."""


def fits_a_header(value: str) -> bool:
    """Say whether `Bearer` and this can be sent as a header field (RFC 9110, section 5.5) that servers read."""
    return len(value) <= 8000 and value.isascii() and value.isprintable() and value == value.strip() and value != ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """A good token's header and claims, and what signs: an Ed25519 key. `now` in seconds since 1970."""

    header: Json
    claims: Json
    key: Ed25519PrivateKey
    now: int

    @classmethod
    def of(cls, claims: Mapping[str, Any], jwk: Mapping[str, Any], now: int) -> Self:
        key = Ed25519PrivateKey.from_private_bytes(_raw(jwk["d"]))
        return cls(header={"typ": "at+jwt", "alg": "Ed25519", "kid": jwk["kid"]}, claims=dict(claims), key=key, now=now)

    @property
    def token(self) -> str:
        return self.signed()

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def signed(self, header: Json | None = None, claims: Json | None = None, *, by: Sign | None = None) -> str:
        """Return the token with these members patched, signed with the real key unless `by` another."""
        return _signed(_json(_patched(self.header, header)), _json(_patched(self.claims, claims)), by or self.key.sign)

    def written(self, header: str | None = None, claims: str | None = None) -> str:
        """Return the token with this text as its header or claims, signed with the real key."""
        return _signed(
            _json(self.header) if header is None else header.encode(),
            _json(self.claims) if claims is None else claims.encode(),
            self.key.sign,
        )


def forgeries(claims: Mapping[str, Any], jwk: Mapping[str, Any], *, now: int) -> Named:
    """Yield what must be refused, each with its name; no name appears twice.

    `claims` are those of a good token of a member (not of a customer), which has not expired at `now` (seconds since
    1970); `jwk` is the private Ed25519 key, with its `kid`, that signs tokens.
    """
    good = Good.of(claims, jwk, now)
    for kind in (_unsigned, _by_others, _headers, _times, _claims, _odd_claims, _twice, _altered, _spelled, _others):
        yield from kind(good)


def orphans(claims: Mapping[str, Any], jwk: Mapping[str, Any], *, now: int) -> Named:
    """Yield tokens with a good signature of which only the store can say that they are good for nothing."""
    good = Good.of(claims, jwk, now)
    yield "an organization that there is not", good.signed(claims={"tid": NOBODY})
    yield "a session that there is not", good.signed(claims={"sid": NOBODY})
    yield "a session of nobody", good.signed(claims={"sid": NOBODY, "sub": NOBODY})
    yield "everything of nobody", good.signed(claims={"tid": NOBODY, "sid": NOBODY, "sub": NOBODY})


def _unsigned(good: Good) -> Named:
    for name in ("none", "None", "NONE", "nOnE", ""):
        yield f"algorithm {name!r}, no signature", good.signed({"alg": name}, by=lambda _: b"")
        yield f"algorithm {name!r}, the real signature", good.signed({"alg": name})
    yield "no algorithm at all", good.signed({"alg": GONE})
    yield "our algorithm, no signature", good.signed(by=lambda _: b"")
    yield "our algorithm, a signature of zeros", good.signed(by=lambda _: bytes(64))
    yield "without the last part", good.token.rpartition(".")[0]


def _by_others(good: Good) -> Named:
    """Other keys and algorithms; the classic is the public key, which everybody has, taken for a shared secret."""
    public = good.key.public_key()
    secrets = {
        "the raw public key": good.public,
        "the public key in base64url": _text(good.public).encode(),
        "the public key as PEM": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "the public key as DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "the public key as a JWK": _json({"kty": "OKP", "crv": "Ed25519", "x": _text(good.public)}),
        "its key id": good.header["kid"].encode(),
        "an empty text": b"",
        "the word secret": b"secret",
    }
    for name, secret in secrets.items():
        yield f"HS256 with {name}", good.signed({"alg": "HS256"}, by=_hmac(secret))
    yield "Ed25519 that is HS256 with the raw public key", good.signed(by=_hmac(good.public))
    other, elliptic = Ed25519PrivateKey.generate(), generate_private_key(SECP256R1())
    yield "another Ed25519 key, our key id", good.signed(by=other.sign)
    yield "another Ed25519 key, called EdDSA", good.signed({"alg": "EdDSA"}, by=other.sign)
    yield "ES256, our key id", good.signed({"alg": "ES256"}, by=_es256(elliptic))
    yield "ES256 that calls itself Ed25519", good.signed(by=_es256(elliptic))
    for algorithm in ("EdDSA", "ed25519", "ED25519", "Ed448", "RS256", "PS512", "HS512", "ES256K", "dir"):
        yield f"the real signature, called {algorithm}", good.signed({"alg": algorithm})
    mine = {"kty": "OKP", "crv": "Ed25519", "x": _text(other.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))}
    carried = {
        "jwk": {**mine, "kid": good.header["kid"]},
        "jku": "https://evil.example/jwks.json",
        "x5u": "https://evil.example/chain.pem",
        "x5c": ["AAAA"],
        "x5t": "AAAA",
        "x5t#S256": "AAAA",
    }
    for name, value in carried.items():
        yield f"a key of its own by {name}", good.signed({name: value}, by=other.sign)
        yield f"the real signature, and {name}", good.signed({name: value})
    yield "a key of its own, by its own id", good.signed({"jwk": mine, "kid": "mine"}, by=other.sign)
    yield "a key id of another key", good.signed({"kid": _text(sha256(_json(mine)).digest())}, by=other.sign)


def _headers(good: Good) -> Named:
    ids: Json = {
        "missing": GONE,
        "null": None,
        "empty": "",
        "a number": 0,
        "true": True,
        "a list": [good.header["kid"]],
        "an object": {good.header["kid"]: 1},
        "unknown": "unknown",
        "a path": "../../../../../../dev/null",
        "SQL": "' UNION SELECT 'secret' --",
        "a command": "key; cat /etc/passwd",
        "an address": "https://evil.example/key",
        "with a NUL": f"{good.header['kid']}\0",
        "with a space": f"{good.header['kid']} ",
        "in the other case": good.header["kid"].swapcase(),
    }
    for name, value in ids.items():
        yield f"key id: {name}", good.signed({"kid": value})
    yield "key id: a path, HS256 with nothing", good.signed({"alg": "HS256", "kid": "/dev/null"}, by=_hmac(b""))
    for name in ("JWT", "jwt", "AT+JWT", "at+JWT", "application/at+jwt", "refresh+jwt", "dpop+jwt", "", "at+jwt "):
        yield f"type {name!r}", good.signed({"typ": name})
    odd_types: Json = {"missing": GONE, "null": None, "a list": ["at+jwt"], "a number": 1}
    for name, value in odd_types.items():
        yield f"type: {name}", good.signed({"typ": value})
    for name, value in {"null": None, "a list": ["Ed25519"], "a number": 1, "an object": {}}.items():
        yield f"algorithm: {name}", good.signed({"alg": value})
    more: Json = {
        "crit": ["exp"],
        "crit of nothing": [],
        "b64": False,
        "zip": "DEF",
        "cty": "JWT",
        "enc": "A256GCM",
        "exp": good.now + 60,
        "x": 1,
    }
    for name, value in more.items():
        yield f"a header with {name}", good.signed({name.partition(" ")[0]: value})
    yield "b64 false, and critical", good.signed({"b64": False, "crit": ["b64"]})
    yield "an empty header", good.written(header="{}")


def _times(good: Good) -> Named:
    now = good.now
    ages = {
        "expired a moment ago": (now - LIFETIME - LEEWAY - 1, now - LEEWAY - 1),
        "expired a day ago": (now - 86_400 - LIFETIME, now - 86_400),
        "of 1970": (0, LIFETIME),
        "before 1970": (-LIFETIME, -1),
        "good for a second more than we give": (now, now + LIFETIME + 1),
        "good for a year": (now, now + 365 * 86_400),
        "good for ever": (now, 2**63),
        "good for longer than numbers go": (now, 10**300),
        "issued long ago, good now": (now - 86_400, now + 60),
        "issued in the future": (now + LEEWAY + 1, now + LEEWAY + 61),
        "issued tomorrow": (now + 86_400, now + 86_400 + LIFETIME),
        "over before it began": (now, now - 1),
        "over as it begins": (now, now),
    }
    for name, (issued, expires) in ages.items():
        yield name, good.signed(claims={"iat": issued, "exp": expires})
    yield "not good before tomorrow", good.signed(claims={"nbf": now + 86_400})
    yield "not good before now", good.signed(claims={"nbf": now})
    for name, number in {"NaN": "NaN", "Infinity": "Infinity", "minus infinity": "-Infinity", "1e12": "1e12"}.items():
        spelled = json.dumps(good.claims).replace(f'"exp": {good.claims["exp"]}', f'"exp": {number}')
        yield f"an end at {name}", good.written(claims=spelled)


def _claims(good: Good) -> Named:
    patches: dict[str, Json] = {
        "another issuer": {"iss": "https://evil.example"},
        "another audience": {"aud": "https://evil.example"},
        "our issuer, with a slash": {"iss": f"{good.claims['iss']}/"},
        "our issuer, in capitals": {"iss": good.claims["iss"].upper()},
        "our audience, and a letter": {"aud": f"{good.claims['aud']}x"},
        "a list of our audience": {"aud": [good.claims["aud"]]},
        "a list of audiences, ours among them": {"aud": ["https://evil.example", good.claims["aud"]]},
        "a role that there is not": {"role": "root"},
        "a role in capitals": {"role": good.claims["role"].upper()},
        "a role with a space": {"role": f"{good.claims['role']} "},
        "two roles": {"role": f"{good.claims['role']} owner"},
        "roles of another name": {"role": GONE, "roles": ["owner"]},
        "a customer without a record": {"role": "customer"},
        "a customer with a null record": {"role": "customer", "cid": None},
        "a member with a customer record": {"cid": NOBODY},
        "a member with a null customer record": {"cid": None},
        "a customer with a record that is no id": {"role": "customer", "cid": "*"},
        "a claim that we do not know": {"admin": True},
        "a scope": {"scope": "owner"},
        "a confirmation": {"cnf": {"jkt": "AAAA"}},
        "somebody who acts for somebody": {"act": {"sub": NOBODY}},
        "a claim without a name": {"": 1},
        "no claims": dict.fromkeys(good.claims, GONE),
        "over 4 KiB": {"padding": "x" * MAX_SIZE},
    }
    for name, patch in patches.items():
        yield name, good.signed(claims=patch)
    for name in good.claims:
        yield f"no {name}", good.signed(claims={name: GONE})
    for name, value in {"a list": "[]", "a text": '"x"', "null": "null", "a number": "1", "nothing": ""}.items():
        yield f"claims: {name}", good.written(claims=value)
        yield f"header: {name}", good.written(header=value)
    yield "claims that are no UTF-8", _signed(_json(good.header), b'{"iss": "\xff"}', good.key.sign)
    yield "deep claims", good.written(claims="[" * 1400)
    yield "a deep claim", good.written(claims=json.dumps(good.claims)[:-1] + ', "x": ' + "[" * 900 + "]" * 900 + "}")


def _odd_claims(good: Good) -> Named:
    """Each claim as everything that it is not."""
    odd: Json = {
        "null": None,
        "a number": 1,
        "a fraction": 0.5,
        "true": True,
        "a list": [],
        "an object": {},
        "'*'": "*",
    }
    for claim, value in good.claims.items():
        for name, other in odd.items():
            yield f"{claim}: {name}", good.signed(claims={claim: other})
        yield f"{claim}: itself in a list", good.signed(claims={claim: [value]})
        yield f"{claim}: an empty text", good.signed(claims={claim: ""})
    for claim in ("sub", "tid", "sid", "jti"):
        written = good.claims[claim]
        spelled = {
            "in capitals": "ABCDEF00-0000-7000-8000-000000000000",
            "without dashes": written.replace("-", ""),
            "in braces": f"{{{written}}}",
            "as a URN": f"urn:uuid:{written}",
            "with a line feed": f"{written}\n",
            "in other digits": written.translate({ord("0") + n: 0x660 + n for n in range(10)}),
            "and SQL": f"{written}' OR '1'='1",
        }
        for name, other in spelled.items():
            yield f"{claim} {name}", good.signed(claims={claim: other})
    for claim in ("iat", "exp"):
        yield f"{claim} as a text", good.signed(claims={claim: str(good.claims[claim])})
        yield f"{claim} with a fraction", good.signed(claims={claim: good.claims[claim] + 0.5})
        yield f"{claim} as a fraction that is whole", good.signed(claims={claim: float(good.claims[claim])})


def _twice(good: Good) -> Named:
    """Two readers may take two different ones of a member that is there twice."""
    header, claims = json.dumps(good.header), json.dumps(good.claims)
    for name, value in (("role", "owner"), ("tid", NOBODY), ("exp", good.now + 60), ("iss", good.claims["iss"])):
        yield (
            f"{name} twice, the other first",
            good.written(claims=f"{{{json.dumps(name)}: {json.dumps(value)}, {claims[1:]}"),
        )
        yield (
            f"{name} twice, the other last",
            good.written(claims=f"{claims[:-1]}, {json.dumps(name)}: {json.dumps(value)}}}"),
        )
    yield "role twice, once escaped", good.written(claims=f'{{"\\u0072ole": "owner", {claims[1:]}')
    yield "alg twice, none first", good.written(header=f'{{"alg": "none", {header[1:]}')
    yield "alg twice, none last", good.written(header=f'{header[:-1]}, "alg": "none"}}')
    yield "kid twice", good.written(header=f'{header[:-1]}, "kid": {json.dumps(good.header["kid"])}}}')


def _altered(good: Good) -> Named:
    """A good token, changed by somebody without the key."""
    header, claims, signature = good.token.split(".")
    other = _text(_json({**good.claims, "jti": NOBODY}))
    for name, patch in {
        "another organization": {"tid": NOBODY},
        "another user": {"sub": NOBODY},
        "another session": {"sid": NOBODY},
        "the role of an owner": {"role": "owner" if good.claims["role"] != "owner" else "admin"},
        "a longer life": {"exp": good.claims["exp"] + 60},
    }.items():
        yield f"{name}, the old signature", f"{header}.{_text(_json({**good.claims, **patch}))}.{signature}"
    yield "the claims of another token of ours", f"{header}.{other}.{signature}"
    yield (
        "the signature of another token of ours",
        f"{header}.{claims}.{good.signed(claims={'jti': NOBODY}).rpartition('.')[2]}",
    )
    yield (
        "the header written in another order",
        f"{_text(_json(dict(reversed(good.header.items()))))}.{claims}.{signature}",
    )
    raw = _raw(signature)
    for byte in (0, 31, 32, 63):
        flipped = raw[:byte] + bytes([raw[byte] ^ 1]) + raw[byte + 1 :]
        yield f"byte {byte} of the signature flipped", f"{header}.{claims}.{_text(flipped)}"
    yield "a signature with the order added", f"{header}.{claims}.{_text(_with_order_added(raw))}"
    yield "half a signature", f"{header}.{claims}.{_text(raw[:32])}"
    yield "a signature and a byte", f"{header}.{claims}.{_text(raw + bytes(1))}"
    yield "the signature twice", f"{header}.{claims}.{_text(raw * 2)}"
    yield "the parts in another order", f"{claims}.{header}.{signature}"


def _spelled(good: Good) -> Named:
    """The same bytes, written in another way than an encoder writes them."""
    header, claims, signature = good.token.split(".")
    yield "a padded signature", f"{good.token}=="
    yield "a padded header", f"{_padded(header)}.{claims}.{signature}"
    yield "padded claims", f"{header}.{_padded(claims)}.{signature}"
    yield "one bit that nobody reads", f"{header}.{claims}.{_spare_bit(signature)}"
    for name, place in (("header", 0), ("claims", 1)):
        yield f"one bit that nobody reads, in its {name}", _spare_in(good, place)
    yield (
        "the other alphabet",
        f"{header}.{claims}.{_text(bytes([0xFB, 0xFF]) * 32).replace('-', '+').replace('_', '/')}",
    )
    yield "a space before it", f" {good.token}"
    yield "a space behind it", f"{good.token} "
    yield "a line feed behind it", f"{good.token}\n"
    yield "a space in its claims", f"{header}.{claims[:9]} {claims[9:]}.{signature}"
    yield "a line feed in its claims", f"{header}.{claims[:9]}\n{claims[9:]}.{signature}"
    yield "a tab before its signature", f"{header}.{claims}.\t{signature}"
    yield "a star in its signature", f"{header}.{claims}.{signature[:9]}*{signature[9:]}"
    yield "a NUL in it", f"{good.token[:9]}\0{good.token[9:]}"
    yield "a letter beyond ASCII", f"ä{good.token}"
    yield "a full stop of another alphabet", good.token.replace(".", "\uff0e")
    yield "a letter that looks like one of ours", good.token.replace("e", "\u0435", 1)
    yield "half a character", f"\ud800{good.token}"
    yield "a part more at the end", f"{good.token}.x"
    yield "a part more in front", f"x.{good.token}"
    yield "a dot more at the end", f"{good.token}."
    yield "a dot more in front", f".{good.token}"
    yield "the scheme once more", f"Bearer {good.token}"
    yield "in quotes", f'"{good.token}"'
    yield "twice, with a comma", f"{good.token},{good.token}"
    yield "a million letters", "a" * 1_000_000
    yield "a million dots", "." * 1_000_000


def _others(good: Good) -> Named:
    """What may be a credential somewhere, but is no access token of ours."""
    header, claims, signature = good.token.split(".")
    organization = good.claims["tid"]
    secret = _text(bytes(range(32)))
    yield "an empty text", ""
    yield "a dot", "."
    yield "two dots", ".."
    yield "four dots", "...."
    yield "null", "null"
    yield "undefined", "undefined"
    yield "a JSON serialization", json.dumps({"protected": header, "payload": claims, "signature": signature})
    general = {"payload": claims, "signatures": [{"protected": header, "signature": signature}]}
    yield "a general JSON serialization", json.dumps(general)
    yield (
        "an encrypted token",
        f"{_text(_json({'alg': 'dir', 'enc': 'A256GCM'}))}..{_text(bytes(12))}.{claims}.{_text(bytes(16))}",
    )
    yield "a token in a token", _signed(_json({**good.header, "cty": "JWT"}), good.token.encode(), good.key.sign)
    yield "a token in a token, as a text", good.written(claims=json.dumps(good.token))
    yield "detached claims", f"{header}..{signature}"
    yield "an ID token", good.signed({"typ": "JWT"}, {"nonce": "n", "auth_time": good.now, "email": "a@example.com"})
    yield "a logout token", good.signed({"typ": "logout+jwt"}, {"events": {}})
    yield "a refresh token", f"rt1.{organization}.{NOBODY}.{secret}"
    yield "a password reset", f"pr1.{organization}.{NOBODY}.{secret}"
    yield "an API key that there is not", f"ow_{organization}.{NOBODY}.{secret}"
    yield "an API key with half a secret", f"ow_{organization}.{NOBODY}.{secret[:20]}"
    yield "an API key of no organization", f"ow_{NOBODY}.{NOBODY}.{secret}"
    yield "the beginning of an API key", "ow_"
    yield "a name and a password", urlsafe_b64encode(b"owner@example.com:secret").decode()
    yield "an id", NOBODY
    yield "SQL", "' OR 1=1 --"
    yield "our key id", good.header["kid"]


def _patched(whole: Json, patch: Json | None) -> Json:
    return {name: value for name, value in {**whole, **(patch or {})}.items() if value is not GONE}


def _signed(header: bytes, claims: bytes, by: Sign) -> str:
    message = f"{_text(header)}.{_text(claims)}"
    return f"{message}.{_text(by(message.encode()))}"


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _padded(part: str) -> str:
    return part + ("=" * (-len(part) % 4) or "====")


def _spare_bit(part: str) -> str:
    """Set a bit of the last character that decoders throw away; there is one unless 3 divides the bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return part[:-1] + alphabet[alphabet.index(part[-1]) ^ 1]


def _spare_in(good: Good, place: int) -> str:
    """Return a token with such a bit in its header or claims, signed as it stands; spaces make room for the bit."""
    whole = [_json(good.header), _json(good.claims)]
    while len(whole[place]) % 3 == 0:
        whole[place] += b" "
    parts = [_text(part) for part in whole]
    parts[place] = _spare_bit(parts[place])
    message = ".".join(parts)
    return f"{message}.{_text(good.key.sign(message.encode()))}"


def _with_order_added(signature: bytes) -> bytes:
    """The same signature to a verifier that does not look at its range (RFC 8032, section 8.4)."""
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(signature[32:], "little") + order
    return signature[:32] + s.to_bytes(32, "little")


def _hmac(secret: bytes) -> Sign:
    return lambda message: digest(secret, message, "sha256")


def _es256(key: EllipticCurvePrivateKey) -> Sign:
    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign
