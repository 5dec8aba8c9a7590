"""Around any use case, once: reruns of what is outdated; and, under a key, one answer however often it is asked for."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import Field, dataclass, field, replace
from functools import partial
from time import monotonic
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

from application.shared.caller import Caller
from application.shared.claim import Answer, Answered, Claim
from application.shared.deadline import DEADLINE, RESERVE, before_due
from application.shared.errors import AlreadyAnswered, ConcurrentModification, InDoubt, KeyExpired, KeyReused, Outdated
from application.shared.ports import Sealing, Unsealable
from application.shared.work import Begin, Work
from domain.shared.errors import Kind, Refused

RERUNS: Final = 5
"""How often a use case runs again, at most."""

PAUSE: Final = 0.01
"""Seconds: the longest pause before the second rerun. It doubles with each further one; the first comes at once."""

FINAL: Final = frozenset({Kind.CONFLICT, Kind.STALE, Kind.RULE, Kind.PAYMENT})
"""Refusals that are kept under their key like results. After the others a retry is judged anew."""


class Called(Protocol):
    """A command (a frozen dataclass) that says who gives it."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def caller(self) -> Caller: ...


C = TypeVar("C")
K = TypeVar("K", bound=Called)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Answering(Generic[C, R]):
    """A use case that answers in spite of races. `begin` and `sealing` are for answers that are kept."""

    use_case: Callable[[C], Awaitable[R]]
    begin: Begin[Work]
    sealing: Sealing

    async def __call__(self, command: C) -> R:
        """Raises: what the use case raises, but ConcurrentModification where the last rerun is outdated, too."""
        return await rerun(lambda _: self.use_case(command))

    async def once(self: "Answering[K, R]", command: K, claim: Claim) -> Answered:
        """Carry the command out unless its claim is answered, and return the answer that is kept from now on.

        Final refusals are answers, too. Raises: KeyReused, KeyExpired, KeyInProgress; other refusals and interruptions
        as above: nothing is kept of those, and a retry with the same key is judged anew.
        """
        keeping = Keeping(self.sealing, command.caller, claim)
        keyed = replace(command, caller=keeping.caller)
        try:
            try:
                await rerun(lambda _: self.use_case(keyed), doubts=1)
            except Refused as refusal:
                if refusal.kind not in FINAL:
                    raise
                if refusal is not keeping.kept:
                    await rerun(partial(self._keep, refusal, keyed.caller), doubts=1)
        except AlreadyAnswered as before:
            return keeping.replay(before)
        return Answered(keeping.last, replayed=False)

    async def _keep(self, refusal: Refused, caller: Caller, times: int) -> None:
        """Write nothing but the answer. Who runs again looks at what somebody faster has put there."""
        async with self.begin(caller) as work:
            if times:
                await work.look()
            await work.commit(refusal)


async def rerun(attempt: Callable[[int], Awaitable[R]], *, doubts: int = 0) -> R:
    """Return what an attempt comes to, with as many reruns as it takes; it is told how many there were. A rerun keeps
    its place among all who wait: it is due when the first attempt was.

    `doubts`: how often an attempt may be repeated of which nobody knows whether it has written. Raises:
    ConcurrentModification; what the attempt raises.
    """
    last_start = monotonic() + DEADLINE - RESERVE
    with before_due():
        for times in range(RERUNS + 1):
            try:
                return await attempt(times)
            except InDoubt:
                doubts -= 1
                if doubts < 0 or times == RERUNS or monotonic() > last_start:
                    raise
            except Outdated:
                if times == RERUNS or monotonic() > last_start:
                    break
            await asyncio.sleep(random.uniform(0, PAUSE * 2 ** (times - 1)) if times else 0)  # noqa: S311 - jitter
    raise ConcurrentModification


@dataclass(slots=True)
class Keeping:
    """How the answers of one claim are kept: `last` is the one that the last commit was given, `kept` of what.

    Who raises what it has committed, raises what is kept: a commit that failed raises something else.
    """

    sealing: Sealing
    asked: Caller
    claim: Claim
    last: Answer = field(init=False)
    kept: object = field(init=False, default=None)

    @property
    def caller(self) -> Caller:
        """The caller, with a claim that remembers what it answers, and seals what shows a secret."""
        return replace(self.asked, claim=replace(self.claim, encode=self._encode))

    def replay(self, before: AlreadyAnswered) -> Answered:
        """Return the answer that is kept. Raises: KeyReused, KeyExpired (it cannot be read any more)."""
        if before.fingerprint != self.claim.fingerprint:
            raise KeyReused from before
        answer = before.answer
        if answer.secret:
            try:
                answer = replace(answer, body=self.sealing.unseal(answer.body, bound_to=self._place))
            except Unsealable:
                raise KeyExpired from before
        return Answered(answer, replayed=True)

    def _encode(self, outcome: object) -> Answer:
        self.kept, self.last = outcome, (answer := self.claim.encode(outcome))
        return replace(answer, body=self.sealing.seal(answer.body, bound_to=self._place)) if answer.secret else answer

    @property
    def _place(self) -> bytes:
        """Where the answer is kept."""
        return self.asked.organization.bytes + str(self.asked.principal).encode() + self.claim.key
