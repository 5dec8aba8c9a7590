"""An answer that is given once: whoever sends the same key again is told what the first one was told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the caller, to the byte. One that shows a `secret` is kept sealed."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that must not happen twice. It belongs to an organization and a principal: the caller's.

    `key`: SHA-256 of what the caller calls it. `fingerprint`: SHA-256 of all that it asks for. `encode` makes the
    answer of a result, or of a refusal; it is pure, but that a refusal's answer has a name of its own.
    """

    key: bytes
    fingerprint: bytes
    encode: Callable[[object], Answer]


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it is kept. `replayed`: it was there before."""

    answer: Answer
    replayed: bool
