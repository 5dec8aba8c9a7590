"""Access tokens: ours are believed, everything else is not, however little it differs."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey

from adapters.jwt import JwtTokens, KeyUnfit, SigningKeys, new_signing_key
from adapters.jwt.tokens import LEEWAY, LIFETIME, MAX_SIZE, REMEMBERED
from adapters.system import new_id
from application.identity.ports import Bearer, Credential
from domain.identity.errors import InvalidToken, TokenExpired
from domain.identity.roles import Role
from domain.ids import CustomerId, MemberId, OrganizationId

ISSUER: Final = "https://orders.example.test"
JWK: Final = new_signing_key()

Json = dict[str, Any]


START: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW: Final = int(START.timestamp())


@dataclass
class StoppedClock:
    instant: datetime = START

    def now(self) -> datetime:
        return self.instant

    def advance(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def tokens(clock: StoppedClock) -> JwtTokens:
    return JwtTokens(SigningKeys.parse(JWK), ISSUER, clock, new_id)


def credential(role: Role = Role.OPERATOR) -> Credential:
    return Credential(
        organization=OrganizationId(new_id()),
        member_id=MemberId(new_id()),
        role=role,
        customer_id=CustomerId(new_id()) if role is Role.CUSTOMER else None,
        password_hash="",
    )


def bearer(of: Credential) -> Bearer:
    return Bearer(organization=of.organization, member_id=of.member_id, role=of.role, customer_id=of.customer_id)


def parts(token: str) -> list[Any]:
    return [json.loads(urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def encoded(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("role", list(Role))
def test_whom_a_token_is_issued_to_bears_it(tokens: JwtTokens, role: Role) -> None:
    known = credential(role)
    issued = tokens.issue(known)
    assert issued.expires_in == LIFETIME == 900
    assert tokens.verify(issued.token) == bearer(known)


def test_a_token_says_everything_and_no_more(tokens: JwtTokens, clock: StoppedClock) -> None:
    known = credential(Role.CUSTOMER)
    header, claims = parts(tokens.issue(known).token)
    now = int(clock.now().timestamp())
    assert header == {"typ": "at+jwt", "alg": "Ed25519", "kid": json.loads(JWK)["kid"]}
    assert claims.keys() == {"iss", "aud", "sub", "tid", "role", "cid", "sid", "jti", "iat", "exp"}
    assert (claims["iss"], claims["aud"], claims["iat"], claims["exp"]) == (ISSUER, ISSUER, now, now + 900)
    assert (claims["sub"], claims["tid"]) == (str(known.member_id), str(known.organization))


def test_a_member_acts_for_no_customer(tokens: JwtTokens) -> None:
    assert "cid" not in parts(tokens.issue(credential()).token)[1]


def test_no_two_tokens_are_one(tokens: JwtTokens) -> None:
    known = credential()
    assert tokens.issue(known).token != tokens.issue(known).token


def test_a_token_lives_for_fifteen_minutes_and_the_leeway(tokens: JwtTokens, clock: StoppedClock) -> None:
    token, unseen = tokens.issue(credential()).token, tokens.issue(credential()).token
    tokens.verify(token)
    clock.advance(LIFETIME + LEEWAY - 1)
    tokens.verify(token)
    clock.advance(3)
    for old in (token, unseen):
        with pytest.raises(TokenExpired):
            tokens.verify(old)


GONE: Final = object()

HEADERS: Final[dict[str, Json]] = {
    "another type": {"typ": "JWT"},
    "the type in capitals": {"typ": "AT+JWT"},
    "no type": {"typ": GONE},
    "no key id": {"kid": GONE},
    "another key id": {"kid": "other"},
    "a key id that is no text": {"kid": 1},
    "a key of its own": {"jwk": {"kty": "oct", "k": "AAAA"}},
    "an address of keys": {"jku": "https://evil.example"},
    "a certificate": {"x5c": ["AA=="]},
    "something critical": {"crit": ["exp"], "exp": 1},
}

CLAIMS: Final[dict[str, Json]] = {
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": "https://evil.example"},
    **{f"no {name}": {name: GONE} for name in ("iss", "aud", "sub", "tid", "role", "sid", "jti", "iat", "exp")},
    "an empty subject": {"sub": ""},
    "a subject that is no id": {"sub": "admin"},
    "an organization that is no id": {"tid": ["x"]},
    "a session that is no id": {"sid": "x"},
    "a role that there is not": {"role": "root"},
    "a role that is a list": {"role": ["owner"]},
    "a customer record for a member": {"cid": "0190a0a0-0000-7000-8000-000000000000"},
    "a customer without a record": {"role": "customer"},
    "a longer life than we give": {"exp": NOW + LIFETIME + 1},
    "no life at all": {"exp": NOW},
    "an issue in the future": {"iat": NOW + LEEWAY + 1, "exp": NOW + LEEWAY + LIFETIME},
    "an end that is a fraction": {"exp": NOW + 0.5},
    "an end that is a text": {"exp": str(NOW + LIFETIME)},
    "an end that is true": {"exp": True},
    "an end beyond all numbers": {"exp": 10**400},
    "a time of issue that is a text": {"iat": str(NOW)},
    "a start in the future": {"nbf": NOW + 600},
    "more than we read": {"padding": "x" * MAX_SIZE},
}
"""What is wrong with a token that is otherwise ours, signature included."""


def signed(tokens: JwtTokens, header_patch: Json, claims_patch: Json) -> str:
    """Return a token of ours, changed, then signed with our own key."""
    header, claims = parts(tokens.issue(credential()).token)
    message = ".".join(encoded(_patched(*pair)) for pair in ((header, header_patch), (claims, claims_patch)))
    private = OKPKey.import_key(json.loads(JWK)).private_key
    assert isinstance(private, Ed25519PrivateKey)
    return f"{message}.{urlsafe_b64encode(private.sign(message.encode())).rstrip(b'=').decode()}"


def _patched(whole: Json, patch: Json) -> Json:
    return {name: value for name, value in {**whole, **patch}.items() if value is not GONE}


def test_what_is_signed_without_a_change_is_believed(tokens: JwtTokens) -> None:
    tokens.verify(signed(tokens, {}, {}))


@pytest.mark.parametrize("what", HEADERS)
def test_our_signature_makes_no_header_ours(tokens: JwtTokens, what: str) -> None:
    with pytest.raises(InvalidToken):
        tokens.verify(signed(tokens, HEADERS[what], {}))


@pytest.mark.parametrize("what", CLAIMS)
def test_our_signature_makes_no_claim_ours(tokens: JwtTokens, what: str) -> None:
    with pytest.raises(InvalidToken):
        tokens.verify(signed(tokens, {}, CLAIMS[what]))


def _resigned(algorithm: str, key: Any) -> Callable[[str], str]:
    def forge(token: str) -> str:
        header, claims = parts(token)
        return jwt.encode({**header, "alg": algorithm}, claims, key, algorithms=[algorithm])

    return forge


def _unsigned(algorithm: str) -> Callable[[str], str]:
    def forge(token: str) -> str:
        header, claims = parts(token)
        return f"{encoded({**header, 'alg': algorithm})}.{encoded(claims)}."

    return forge


def _public_as_secret(token: str) -> str:
    """The classic: the public key, which everybody has, taken for a shared secret."""
    public = json.loads(JWK)["x"]
    return _resigned("HS256", OctKey.import_key(urlsafe_b64decode(public + "==")))(token)


JSON_FORM: Final = ("protected", "payload", "signature")

FORGERIES: Final[dict[str, Callable[[str], str]]] = {
    "no algorithm": _unsigned("none"),
    "no algorithm, in capitals": _unsigned("NONE"),
    "our algorithm, no signature": _unsigned("Ed25519"),
    "another key": _resigned("Ed25519", OKPKey.generate_key("Ed25519")),
    "another algorithm": _resigned("ES256", ECKey.generate_key("P-256")),
    "a shared secret": _resigned("HS256", OctKey.generate_key(256)),
    "the public key as a secret": _public_as_secret,
    "altered claims": lambda t: ".".join(
        [*t.split(".")[:1], encoded({**parts(t)[1], "role": "owner"}), *t.split(".")[2:]]
    ),
    "an altered header": lambda t: ".".join([encoded({**parts(t)[0], "x": 1}), *t.split(".")[1:]]),
    "an altered signature": lambda t: t[:-10] + ("A" if t[-10] != "A" else "B") + t[-9:],
    "half a signature": lambda t: t[:-40],
    "two parts": lambda t: t.rpartition(".")[0],
    "five parts": lambda t: f"{t}.x.y",
    "an empty text": lambda _: "",
    "only dots": lambda _: "..",
    "a space at its end": lambda t: f"{t} ",
    "a line feed at its end": lambda t: f"{t}\n",
    "padding": lambda t: f"{t}==",
    "a letter that is none": lambda t: f"ä{t}",
    "another's JSON": lambda t: f"{encoded([])}.{encoded('x')}.{t.split('.')[2]}",
    "deep JSON": lambda _: f"{urlsafe_b64encode(b'[' * 2000).decode()}.e30.e30",
    "a token in JSON form": lambda t: json.dumps(dict(zip(JSON_FORM, t.split("."), strict=True))),
}
"""What is made of a good token by somebody without our key."""


@pytest.mark.parametrize("what", FORGERIES)
@pytest.mark.parametrize("seen", [True, False], ids=["the good one seen before", "never seen"])
def test_a_forgery_is_no_token(tokens: JwtTokens, what: str, seen: bool) -> None:
    good = tokens.issue(credential()).token
    if seen:
        tokens.verify(good)
    with pytest.raises(InvalidToken):
        tokens.verify(FORGERIES[what](good))


def test_an_expired_token_of_somebody_else_is_not_even_expired(tokens: JwtTokens, clock: StoppedClock) -> None:
    stranger = JwtTokens(SigningKeys.parse(new_signing_key()), ISSUER, clock, new_id)
    token = stranger.issue(credential()).token
    clock.advance(LIFETIME * 2)
    with pytest.raises(InvalidToken):
        tokens.verify(token)


def test_a_token_of_another_service_is_none(tokens: JwtTokens, clock: StoppedClock) -> None:
    other = JwtTokens(SigningKeys.parse(JWK), "https://other.example.test", clock, new_id)
    with pytest.raises(InvalidToken):
        tokens.verify(other.issue(credential()).token)


def test_memory_of_tokens_is_bounded(tokens: JwtTokens) -> None:
    known = credential()
    for _ in range(REMEMBERED + 10):
        tokens.verify(tokens.issue(known).token)
    assert len(tokens._verified) == REMEMBERED


def test_a_token_costs_one_signature_check(tokens: JwtTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.issue(credential()).token
    checks: list[object] = []
    real = jwt.decode
    monkeypatch.setattr(jwt, "decode", lambda *given, **named: checks.append(given) or real(*given, **named))
    for _ in range(3):
        tokens.verify(token)
    assert len(checks) == 1


def test_keys_rotate_without_anybody_noticing(clock: StoppedClock) -> None:
    old, new = json.loads(new_signing_key()), json.loads(new_signing_key())
    before = JwtTokens(SigningKeys.parse(json.dumps(old)), ISSUER, clock, new_id)
    announced = JwtTokens(SigningKeys.parse(json.dumps({"keys": [old, new]})), ISSUER, clock, new_id)
    after = JwtTokens(SigningKeys.parse(json.dumps({"keys": [new, old]})), ISSUER, clock, new_id)
    for issuer in (before, announced, after):
        token = issuer.issue(credential()).token
        assert announced.verify(token) == after.verify(token)
    assert [key["kid"] for key in announced.jwks()["keys"]] == [old["kid"], new["kid"]]


def test_what_is_published_has_no_private_part(tokens: JwtTokens) -> None:
    [key] = tokens.jwks()["keys"]
    assert key.keys() == {"kty", "crv", "x", "kid", "use", "alg"}


def test_elliptic_and_shared_keys_will_do(clock: StoppedClock) -> None:
    elliptic = json.dumps(ECKey.generate_key("P-256").as_dict(private=True))
    shared = json.dumps(OctKey.generate_key(256).as_dict(private=True))
    for jwk, algorithm, published in ((elliptic, "ES256", 1), (shared, "HS256", 0)):
        tokens = JwtTokens(SigningKeys.parse(jwk), ISSUER, clock, new_id)
        token = tokens.issue(credential()).token
        assert parts(token)[0]["alg"] == algorithm
        tokens.verify(token)
        assert len(tokens.jwks()["keys"]) == published


@pytest.mark.parametrize(
    "unfit",
    [
        "",
        "secret",
        "[]",
        "{}",
        '{"keys": []}',
        '{"kty": "oct", "k": "c2hvcnQ"}',
        json.dumps(ECKey.generate_key("P-384").as_dict(private=True)),
        json.dumps(OKPKey.generate_key("Ed448").as_dict(private=True)),
        json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=False)),
        json.dumps({"keys": [json.loads(JWK), ECKey.generate_key("P-256").as_dict(private=True)]}),
    ],
    ids="nothing text list object empty short P-384 Ed448 public mixed".split(),
)
def test_what_cannot_sign_is_no_signing_key(unfit: str) -> None:
    with pytest.raises(KeyUnfit):
        SigningKeys.parse(unfit)
