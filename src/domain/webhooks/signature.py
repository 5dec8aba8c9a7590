"""How a delivery proves that it is ours: Standard Webhooks, version 1 (HMAC-SHA256 over id, time and body).

https://www.standardwebhooks.com. While a secret is replaced, both sign, so that the receiver may know either.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

PREFIX: Final = "whsec_"
"""What a secret begins with where it is shown; the rest is base64."""

SECRET_BYTES: Final = 32

TOLERANCE: Final = timedelta(minutes=5)
"""How far the time of a delivery may be from the receiver's: who overheard one cannot send it again later."""

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"


class Unverified(ValueError):
    """This was not signed with the secret, or not lately; the message says what is wrong."""


def shown(secret: bytes) -> str:
    """Return a secret as people and programs keep it."""
    return f"{PREFIX}{b64encode(secret).decode('ascii')}"


def parsed_secret(text: str) -> bytes:
    """Return the secret that is shown so. Raises: ValueError."""
    try:
        secret = b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:
        secret = b""
    if not text.startswith(PREFIX) or not secret:
        raise ValueError(f"a secret is {PREFIX} and then base64")
    return secret


def signed(id: str, body: bytes, secrets: Iterable[bytes], *, at: datetime) -> dict[str, str]:
    """Return the headers that prove this delivery: one signature a secret, in their order."""
    timestamp = str(int(at.timestamp()))
    signatures = (b64encode(_mac(secret, id, timestamp, body)).decode("ascii") for secret in secrets)
    return {ID: id, TIMESTAMP: timestamp, SIGNATURE: " ".join(f"v1,{signature}" for signature in signatures)}


def verify(headers: Mapping[str, str], body: bytes, secret: bytes, *, at: datetime) -> None:
    """Return when this was signed with the secret, and lately. Names of `headers` are in lower case.

    Raises: Unverified.
    """
    whose, timestamp, signatures = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not (whose and timestamp and signatures):
        raise Unverified(f"the headers {ID}, {TIMESTAMP} and {SIGNATURE} are not all there")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        raise Unverified(f"{TIMESTAMP} is not a number of seconds")
    if abs(datetime.fromtimestamp(int(timestamp), UTC) - at) > TOLERANCE:
        raise Unverified(f"{TIMESTAMP} is more than {TOLERANCE.seconds // 60} minutes away from now")
    wanted = b"v1," + b64encode(_mac(secret, whose, timestamp, body))
    given = (signature.encode("utf-8", "surrogateescape") for signature in signatures.split(" "))
    if not any(hmac.compare_digest(wanted, signature) for signature in given):
        raise Unverified("no signature was made with this secret")


def _mac(secret: bytes, id: str, timestamp: str, body: bytes) -> bytes:
    return hmac.digest(secret, f"{id}.{timestamp}.".encode() + body, sha256)
