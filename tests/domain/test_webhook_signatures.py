"""Signatures as the Standard Webhooks say: the library of those who wrote it down verifies them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from domain.webhooks.signature import (
    SIGNATURE,
    TIMESTAMP,
    TOLERANCE,
    Unverified,
    parsed_secret,
    shown,
    signed,
    verify,
)

OLD, NEW, OTHER = bytes(range(32)), bytes(range(32, 64)), bytes(32)
ID, BODY = "0199c1f2-0000-7000-8000-000000000001", '{"type":"order.placed","data":{"note":"ünïcode"}}'.encode()


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_both_secrets_verify_while_they_rotate(secret: bytes) -> None:
    headers = signed(ID, BODY, (NEW, OLD), at=now())
    assert Webhook(shown(secret)).verify(BODY, headers)["type"] == "order.placed"
    verify(headers, BODY, secret, at=now())
    assert len(headers[SIGNATURE].split(" ")) == 2


def test_the_example_of_the_specification() -> None:
    secret = parsed_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', (secret,), at=at)
    assert headers[SIGNATURE] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers[TIMESTAMP] == "1614265330"


@given(st.binary(min_size=1, max_size=64), st.binary(max_size=200), st.uuids())
def test_whatever_was_signed_verifies_and_nothing_else(secret: bytes, body: bytes, id: object) -> None:
    at = now()
    headers = signed(str(id), body, (secret,), at=at)
    verify(headers, body, parsed_secret(shown(secret)), at=at)
    for other in (body + b" ", b"x" + body):
        with pytest.raises(Unverified):
            verify(headers, other, secret, at=at)


@pytest.mark.parametrize(
    ("altered", "why"),
    [
        ({SIGNATURE: ""}, "not all there"),
        ({TIMESTAMP: ""}, "not all there"),
        ({"webhook-id": ""}, "not all there"),
        ({"webhook-id": "another"}, "no signature"),
        ({SIGNATURE: "v1,AAAA"}, "no signature"),
        ({SIGNATURE: "v2,AAAA v1a,x ,, é"}, "no signature"),
        ({TIMESTAMP: "1614265330.5"}, "not a number"),
        ({TIMESTAMP: "-1"}, "not a number"),
        ({TIMESTAMP: "１６１４"}, "not a number"),
        ({TIMESTAMP: "9" * 40}, "not a number"),
        ({TIMESTAMP: "1614265330"}, "5 minutes away"),
        ({TIMESTAMP: "99999999999"}, "5 minutes away"),
    ],
)
def test_what_was_altered_does_not_verify(altered: dict[str, str], why: str) -> None:
    headers = signed(ID, BODY, (OLD,), at=now()) | altered
    with pytest.raises(Unverified, match=why):
        verify(headers, BODY, OLD, at=now())
    with pytest.raises((WebhookVerificationError, ValueError)):
        Webhook(shown(OLD)).verify(BODY, headers)


def test_another_secret_and_another_time_do_not_verify() -> None:
    at = now()
    headers = signed(ID, BODY, (OLD,), at=at)
    with pytest.raises(Unverified, match="no signature"):
        verify(headers, BODY, OTHER, at=at)
    for away in (TOLERANCE + timedelta(seconds=1), -TOLERANCE - timedelta(seconds=1)):
        with pytest.raises(Unverified, match="minutes away"):
            verify(headers, BODY, OLD, at=at + away)


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_?", "whsec_AAA", "AAAA", "whsek_AAAA", "whsec_ﾡ"])
def test_what_is_no_secret(text: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        parsed_secret(text)
