"""Advance the clock of a sandbox, and do at once what falls due by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from application.identity.ports import BeginIdentity
from application.shared.caller import Caller
from application.shared.due import Due, DueJobs

PATIENCE: Final = 3.0
"""Seconds that due work may take within a request that has five. What is left then is due all the same: a worker does
it, or whoever advances the clock next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceClock:
    caller: Caller
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """What time it is now for the organization (UTC), and how much each job did."""

    now: datetime
    ran: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AdvanceClockHandler:
    """First everything is done as of the new time, then the clock moves, with the answer: once under a key. Whoever is
    cut off between the two finds the clock where it was, and nothing to be done twice.

    Raises: IllegalTransition.
    """

    begin: BeginIdentity
    jobs: DueJobs

    async def __call__(self, command: AdvanceClock) -> Advanced:
        async with self.begin(command.caller) as work:
            clock = (await work.clocks.get()).advance(command.seconds)
            then = work.now() + timedelta(seconds=clock.moved)
            until = monotonic() + PATIENCE
            ran = {job.name: await job(Due(caller=command.caller, at=then, until=until)) for job in self.jobs}
            work.clocks.save(clock)
            return await work.commit(Advanced(now=work.now() + timedelta(seconds=clock.moved), ran=ran))
