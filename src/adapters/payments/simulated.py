"""A payment gateway that moves no money, and misbehaves on demand: by the payment method, in the same way every time.

It keeps books of its own, and no rules: what it is asked to do under two keys, it does twice. So whatever is wrong with
us shows in its books.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from application.ordering.ports import Instruction
from application.shared.errors import Interrupted
from application.shared.ports import Clock
from domain.ordering.payment import Declined, Succeeded, Told, Unknown, Verb

LATE: Final = timedelta(seconds=20)
"""How long after it was sent a late request arrives: when a lease is over already."""

CARD_DECLINED: Final = "card_declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was asked for: `decline_code` is None where it was done, `landed_at` where it has not arrived."""

    key: str
    payment_id: UUID
    verb: Verb
    amount: int
    currency: str
    decline_code: str | None
    landed_at: datetime | None


class Ledger(Protocol):
    """The gateway's books. They outlive us."""

    async def add(self, entry: Entry) -> bool:
        """Write the entry down, durably, unless there is one with its key. Say whether there was none."""

    async def get(self, key: str) -> Entry | None: ...

    async def land(self, key: str, at: datetime) -> None:
        """Say that what was asked for under this key has arrived by this instant, if not before."""

    async def of_payment(self, payment_id: UUID) -> list[Entry]:
        """Return all entries of a payment, in any order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """What becomes of the first request under a key: whether it arrives and when, whether its answer does, and which
    verbs it declines, each time or but `once` a payment. A second request under the same key always arrives, and is
    always answered.
    """

    arrives: bool = True
    late: bool = False
    answered: bool = True
    twice: bool = False
    declines: frozenset[Verb] = field(default=frozenset())
    once: bool = False


PLAIN: Final = Mode()

MODES: Final = {
    "pm_ok": PLAIN,
    "pm_decline": Mode(declines=frozenset({Verb.AUTHORIZE})),
    "pm_decline_capture": Mode(declines=frozenset({Verb.CAPTURE})),
    "pm_decline_capture_once": Mode(declines=frozenset({Verb.CAPTURE}), once=True),
    "pm_timeout_charged": Mode(answered=False),
    "pm_timeout_not_charged": Mode(arrives=False, answered=False),
    "pm_error_charged": Mode(answered=False),
    "pm_late": Mode(late=True, answered=False),
    "pm_duplicate_notification": Mode(twice=True),
}
"""By payment method; any other method is `PLAIN`. A timeout is told at once: nobody waits for what never comes."""


@dataclass(frozen=True, slots=True)
class SimulatedGateway:
    ledger: Ledger
    clock: Clock

    async def carry_out(self, instruction: Instruction) -> Told:
        try:
            return await self._carry_out(instruction)
        except Interrupted:  # its books cannot be reached: it may have happened, and may not
            return Unknown()

    async def _carry_out(self, instruction: Instruction) -> Told:
        mode, now = MODES.get(instruction.method, PLAIN), self.clock.now()
        entry = _entry(instruction, mode, now, declined=await self._declined(instruction, mode))
        if await self.ledger.add(entry):
            if mode.twice:
                await self.ledger.add(entry)  # the network delivers it a second time
            return _told(entry) if mode.answered else Unknown()
        await self.ledger.land(entry.key, now)
        return await self.look_up(instruction) or Unknown()

    async def _declined(self, instruction: Instruction, mode: Mode) -> bool:
        if instruction.verb not in mode.declines or not mode.once:
            return instruction.verb in mode.declines
        before = await self.ledger.of_payment(instruction.payment_id)
        return not any(entry.verb is instruction.verb and entry.key != instruction.key for entry in before)

    async def look_up(self, instruction: Instruction) -> Told | None:
        entry, now = await self.ledger.get(instruction.key), self.clock.now()
        if entry is None or entry.landed_at is None or entry.landed_at > now:
            return None
        return _told(entry)


def _entry(instruction: Instruction, mode: Mode, now: datetime, *, declined: bool) -> Entry:
    return Entry(
        key=instruction.key,
        payment_id=instruction.payment_id,
        verb=instruction.verb,
        amount=instruction.amount.amount,
        currency=instruction.amount.currency,
        decline_code=CARD_DECLINED if declined else None,
        landed_at=(now + LATE if mode.late else now) if mode.arrives else None,
    )


def _told(entry: Entry) -> Told:
    return Declined(entry.decline_code) if entry.decline_code else Succeeded(f"simulated-{entry.payment_id}")
