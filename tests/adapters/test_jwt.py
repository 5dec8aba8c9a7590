"""Access tokens: ours are believed, everything else is not, however little it differs."""

import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey

from adapters.jwt import JwtTokens, KeyUnfit, SigningKeys, new_signing_key
from adapters.jwt.claims import LEEWAY, LIFETIME
from adapters.jwt.compact import MAX_SIZE
from adapters.jwt.remembered import MOST
from adapters.system import new_id
from application.identity.ports import Bearer
from application.shared.caller import PrincipalKind
from domain.identity.errors import InvalidToken, TokenExpired
from domain.identity.roles import Role
from domain.ids import CustomerId, OrganizationId
from tests.forgeries import Good, forgeries, orphans

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


def bearer(role: Role = Role.OPERATOR) -> Bearer:
    return Bearer(
        organization=OrganizationId(new_id()),
        kind=PrincipalKind.USER,
        id=new_id(),
        role=role,
        customer_id=CustomerId(new_id()) if role is Role.CUSTOMER else None,
        credential=new_id(),
    )


def parts(token: str) -> list[Any]:
    return [json.loads(urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


GOOD: Final = JwtTokens(SigningKeys.parse(JWK), ISSUER, StoppedClock(), new_id).issue(bearer()).token
CLAIMS: Final[Json] = parts(GOOD)[1]
FORGERIES: Final = tuple(forgeries(CLAIMS, json.loads(JWK), now=NOW))


@pytest.mark.parametrize("role", list(Role))
def test_whom_a_token_is_issued_to_bears_it(tokens: JwtTokens, role: Role) -> None:
    known = bearer(role)
    issued = tokens.issue(known)
    assert issued.expires_in == LIFETIME == 900
    assert tokens.verify(issued.token) == tokens.verify(issued.token) == known


def test_a_token_says_everything_and_no_more(tokens: JwtTokens) -> None:
    known = bearer(Role.CUSTOMER)
    header, claims = parts(tokens.issue(known).token)
    assert header == {"typ": "at+jwt", "alg": "Ed25519", "kid": json.loads(JWK)["kid"]}
    assert claims.keys() == {"iss", "aud", "sub", "tid", "role", "cid", "sid", "jti", "iat", "exp"}
    assert (claims["iss"], claims["aud"], claims["iat"], claims["exp"]) == (ISSUER, ISSUER, NOW, NOW + 900)
    assert (claims["sub"], claims["tid"]) == (str(known.id), str(known.organization))
    assert (claims["sid"], claims["cid"]) == (str(known.credential), str(known.customer_id))


def test_a_member_acts_for_no_customer(tokens: JwtTokens) -> None:
    assert "cid" not in parts(tokens.issue(bearer()).token)[1]


def test_no_two_tokens_are_one(tokens: JwtTokens) -> None:
    known = bearer()
    assert tokens.issue(known).token != tokens.issue(known).token


def test_a_token_lives_for_fifteen_minutes_and_the_leeway(tokens: JwtTokens, clock: StoppedClock) -> None:
    token, unseen = tokens.issue(bearer()).token, tokens.issue(bearer()).token
    tokens.verify(token)
    clock.advance(LIFETIME + LEEWAY)
    tokens.verify(token)
    clock.advance(1)
    for old in (token, unseen, unseen):
        with pytest.raises(TokenExpired):
            tokens.verify(old)


def test_there_are_many_forgeries_and_none_is_the_good_one() -> None:
    names = [name for name, _ in FORGERIES]
    assert len(names) == len(set(names)) > 300
    values = [value for _, value in FORGERIES]
    assert GOOD not in values
    assert len(set(values)) > len(values) * 0.9


def test_what_the_forgers_start_from_is_good(tokens: JwtTokens) -> None:
    assert tokens.verify(GOOD) == tokens.verify(Good.of(CLAIMS, json.loads(JWK), NOW).token)


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery[0].replace("\0", ""))
@pytest.mark.parametrize("seen", [True, False], ids=["the good one seen before", "never seen"])
def test_a_forgery_is_no_token(tokens: JwtTokens, forgery: tuple[str, str], seen: bool) -> None:
    if seen:
        tokens.verify(GOOD)
    for _ in range(2):  # nor is it one that was refused before
        with pytest.raises((InvalidToken, TokenExpired)):
            tokens.verify(forgery[1])


def test_only_what_is_right_in_all_else_is_expired(tokens: JwtTokens) -> None:
    expired = []
    for name, value in FORGERIES:
        try:
            tokens.verify(value)
        except TokenExpired:
            expired.append(name)
        except InvalidToken:
            pass
    assert expired == ["expired a moment ago", "expired a day ago", "of 1970", "before 1970"]


def test_who_is_not_there_has_a_good_signature(tokens: JwtTokens) -> None:
    """So somebody else must look: sessions and organizations are in no token."""
    for _, value in orphans(CLAIMS, json.loads(JWK), now=NOW):
        tokens.verify(value)


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
@example("")
@example("e30.e30.AA")
@example("." * (MAX_SIZE + 1))
def test_no_text_makes_anything_but_a_refusal(text: str) -> None:
    tokens = JwtTokens(SigningKeys.parse(JWK), ISSUER, StoppedClock(), new_id)
    with pytest.raises(InvalidToken):
        tokens.verify(text)


VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(header=VALUES, claims=VALUES)
def test_no_json_makes_anything_but_a_refusal(header: object, claims: object) -> None:
    tokens = JwtTokens(SigningKeys.parse(JWK), ISSUER, StoppedClock(), new_id)
    good = Good.of(CLAIMS, json.loads(JWK), NOW)
    for made in (good.written(header=json.dumps(header)), good.written(claims=json.dumps(claims))):
        with pytest.raises(InvalidToken):
            tokens.verify(made)


@given(st.sampled_from(sorted(CLAIMS)), VALUES)
def test_no_value_of_a_claim_makes_anything_but_a_refusal(name: str, value: object) -> None:
    tokens = JwtTokens(SigningKeys.parse(JWK), ISSUER, StoppedClock(), new_id)
    if value != CLAIMS[name]:
        with pytest.raises(InvalidToken):
            tokens.verify(Good.of(CLAIMS, json.loads(JWK), NOW).signed(claims={name: value}))


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("A-_=+/ .\n") | st.characters(), st.booleans())
def test_one_other_character_makes_it_no_token(place: int, other: str, inserted: bool) -> None:
    tokens = JwtTokens(SigningKeys.parse(JWK), ISSUER, StoppedClock(), new_id)
    changed = GOOD[:place] + other + GOOD[place if inserted else place + 1 :]
    if changed != GOOD:
        with pytest.raises(InvalidToken):
            tokens.verify(changed)


def test_every_bit_of_it_counts(tokens: JwtTokens) -> None:
    """Nothing is thrown away by a lenient decoder: all other characters, at every place."""
    tokens.verify(GOOD)
    for place in range(len(GOOD)):
        for other in "AQgw":
            if other != GOOD[place]:
                with pytest.raises(InvalidToken):
                    tokens.verify(GOOD[:place] + other + GOOD[place + 1 :])


def test_a_token_has_at_most_four_kibibytes(tokens: JwtTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(*_: object, **__: object) -> None:
        raise AssertionError("it was looked at")

    monkeypatch.setattr(json, "loads", told)
    with pytest.raises(InvalidToken):
        tokens.verify("a" * MAX_SIZE + ".a.a")


def test_an_expired_token_of_somebody_else_is_not_even_expired(tokens: JwtTokens, clock: StoppedClock) -> None:
    stranger = JwtTokens(SigningKeys.parse(new_signing_key()), ISSUER, clock, new_id)
    token = stranger.issue(bearer()).token
    clock.advance(LIFETIME * 2)
    with pytest.raises(InvalidToken):
        tokens.verify(token)


def test_a_token_of_another_service_is_none(tokens: JwtTokens, clock: StoppedClock) -> None:
    other = JwtTokens(SigningKeys.parse(JWK), "https://other.example.test", clock, new_id)
    with pytest.raises(InvalidToken):
        tokens.verify(other.issue(bearer()).token)


def test_memory_of_tokens_is_bounded(tokens: JwtTokens) -> None:
    known = bearer()
    for _ in range(MOST + 10):
        tokens.verify(tokens.issue(known).token)
    assert len(tokens._verified.under(tokens.keys.current())) == MOST


def test_a_token_costs_one_signature_check(tokens: JwtTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.issue(bearer()).token
    checks: list[object] = []
    real = jws.deserialize_compact
    monkeypatch.setattr(
        jws, "deserialize_compact", lambda *given, **named: checks.append(given) or real(*given, **named)
    )
    for _ in range(3):
        tokens.verify(token)
    assert len(checks) == 1


def test_keys_rotate_without_anybody_noticing(clock: StoppedClock) -> None:
    old, new = json.loads(new_signing_key()), json.loads(new_signing_key())
    before = JwtTokens(SigningKeys.parse(json.dumps(old)), ISSUER, clock, new_id)
    announced = JwtTokens(SigningKeys.parse(json.dumps({"keys": [old, new]})), ISSUER, clock, new_id)
    after = JwtTokens(SigningKeys.parse(json.dumps({"keys": [new, old]})), ISSUER, clock, new_id)
    for issuer in (before, announced, after):
        token = issuer.issue(bearer()).token
        assert announced.verify(token) == after.verify(token)
    assert [key["kid"] for key in announced.jwks()["keys"]] == [old["kid"], new["kid"]]


def test_what_is_published_has_no_private_part(tokens: JwtTokens) -> None:
    [key] = tokens.jwks()["keys"]
    assert key.keys() == {"kty", "crv", "x", "kid", "use", "alg"}


def test_a_key_is_published_without_what_else_was_said_of_it() -> None:
    """Only its material counts: the public half is what belongs to the private one, whatever stands beside it."""
    jwk = json.loads(JWK)
    said = {**jwk, "x": json.loads(new_signing_key())["x"], "use": "sig", "alg": "EdDSA", "key_ops": ["sign"], "z": 1}
    [key] = SigningKeys.parse(json.dumps(said)).published()["keys"]
    assert key == {"kty": "OKP", "crv": "Ed25519", "x": jwk["x"], "kid": jwk["kid"], "use": "sig", "alg": "Ed25519"}


def test_elliptic_and_shared_keys_will_do(clock: StoppedClock) -> None:
    elliptic = json.dumps(ECKey.generate_key("P-256").as_dict(private=True))
    shared = json.dumps(OctKey.generate_key(256).as_dict(private=True))
    for jwk, algorithm, published in ((elliptic, "ES256", 1), (shared, "HS256", 0)):
        tokens = JwtTokens(SigningKeys.parse(jwk), ISSUER, clock, new_id)
        token = tokens.issue(bearer()).token
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
        json.dumps({"keys": [json.loads(JWK), {**json.loads(new_signing_key()), "kid": json.loads(JWK)["kid"]}]}),
        json.dumps({**json.loads(JWK), "kid": 7}),
        json.dumps({**json.loads(JWK), "use": "enc"}),
        json.dumps({**json.loads(JWK), "alg": "ES256"}),
        "[" * 100_000,
        json.dumps({"keys": [json.loads(JWK), ECKey.generate_key("P-256").as_dict(private=True)]}),
    ],
    ids="nothing text list object empty short P-384 Ed448 public same-kid odd-kid enc other-alg deep mixed".split(),
)
def test_what_cannot_sign_is_no_signing_key(unfit: str) -> None:
    with pytest.raises(KeyUnfit):
        SigningKeys.parse(unfit)
