"""Sending things under keys, as HTTP does, without HTTP: what is sent, and what comes back to the byte."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

from adapters.opaque import AesGcmSealing
from application.shared.answering import Answering
from application.shared.caller import Caller
from application.shared.claim import Answer, Answered, Claim
from application.shared.ports import Sealing
from application.shared.work import Begin
from domain.shared.errors import Refused
from tests.contract.house import House

SEALING: Final = AesGcmSealing([b"k" * 32])
"""The sealing of the service, so that what is kept is really sealed."""


def claim(key: str = "a-key", asked: object = "this", *, secret: bool = False) -> Claim:
    """The claim of a request that `asked` for something."""

    def encode(outcome: object) -> Answer:
        """Every answer differs from every other, as problems do by their instance."""
        name = id(outcome), outcome.slug if isinstance(outcome, Refused) else outcome
        status = 409 if isinstance(outcome, Refused) else 201
        return Answer(status, {"ETag": '"1"', "Location": "/there"}, repr(name).encode(), secret=secret)

    return Claim(sha256(key.encode()).digest(), sha256(repr(asked).encode()).digest(), encode)


async def send(
    house: House,
    use_case: Callable[[Any], Awaitable[Any]],
    command: Any,
    key: Claim | None = None,
    *,
    by: Caller | None = None,
    begin: Begin[Any] | None = None,
    sealing: Sealing = SEALING,
) -> Answered:
    """Send a command under a key; `begin` opens the work that keeps a refusal."""
    answering: Answering[Any, Any] = Answering(use_case, begin or house.backend.begin, sealing)
    return await answering.once(replace(command, caller=by or command.caller), key or claim())
