"""What an event says of people, kept apart from what it says of things, so that it can be forgotten.

An event's body is chained by hashes and never changes. So what is personal does not stand in it: it stands beside it,
with a salt, and the body has the SHA-256 of both. The chain vouches for every word as long as it is kept. When it is
forgotten, the body is null in its places, the chain still holds, and the hash tells nobody what it was of.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from secrets import token_hex
from typing import Any, Final

from adapters.records.documents import written

Path = tuple[str, ...]

PERSONAL: Final[Mapping[str, tuple[Path, ...]]] = {
    "order": (
        ("data", "shippingAddress"),
        ("data", "note"),
        ("data", "cancellation", "reason"),
        ("data", "shipments", "*", "trackingNumber"),
        ("data", "returns", "*", "reason"),
        ("facts", "reason"),
        ("facts", "text"),
    ),
    "customer": (("data", "email"), ("data", "name"), ("data", "shippingAddress")),
    "user": (("data", "email"), ("data", "name"), ("data", "userAgent")),
}
"""By subject: where its events say something of people, free text included; `*` is every one of a list."""

SEAL: Final = "personal"
"""The member of a body that vouches for what stands beside it."""


def fresh_salt() -> str:
    """Return 128 bits that nobody can guess."""
    return token_hex(16)


def parted(subject: str, body: dict[str, Any], salt: Callable[[], str] = fresh_salt) -> tuple[str, str | None]:
    """Return the body as it is chained, and what is personal in it (None: nothing is). The body given is used up."""
    said: dict[str, object] = {}
    for path in PERSONAL.get(subject, ()):
        _take(body, path, "", said)
    if not said:
        return written(body), None
    personal = written({"salt": salt(), "said": said})
    return written({**body, SEAL: _digest(personal)}), personal


def whole(body: str, personal: str | None) -> dict[str, Any]:
    """Return what an event says, people included as long as that is not forgotten."""
    event: dict[str, Any] = json.loads(body)
    event.pop(SEAL, None)
    if personal is not None:
        for pointer, value in json.loads(personal)["said"].items():
            _put(event, pointer.split("/")[1:], value)
    return event


def vouched(body: str, personal: str | None) -> bool:
    """Say whether what stands beside a body is what stood there when it was chained, or is forgotten."""
    return personal is None or json.loads(body)[SEAL] == _digest(personal)


def _digest(personal: str) -> str:
    return sha256(personal.encode()).hexdigest()


def _take(node: Any, path: Sequence[str], pointer: str, said: dict[str, object]) -> None:
    name, *rest = path
    if name == "*":
        for place, item in enumerate(node):
            _take(item, rest, f"{pointer}/{place}", said)
    elif (value := node.get(name)) is not None:
        here = f"{pointer}/{name}"
        if rest:
            _take(value, rest, here, said)
        else:
            said[here], node[name] = value, None


def _put(node: Any, path: Sequence[str], value: object) -> None:
    name, *rest = path
    place = int(name) if isinstance(node, list) else name
    if rest:
        _put(node[place], rest, value)
    else:
        node[place] = value
