"""Relay what has happened in one organization, batch after batch, as long as there is time."""

from dataclasses import dataclass
from time import monotonic

from application.feed.ports import BATCH, Relay
from application.shared.due import Due


@dataclass(frozen=True, slots=True)
class RelayEvents:
    """Implements DueJob."""

    relay: Relay

    @property
    def name(self) -> str:
        return "relay-events"

    async def __call__(self, due: Due) -> int:
        count = 0
        while monotonic() < due.until:
            done = await self.relay.relay(due.caller.organization)
            count += done
            if done < BATCH:
                break
        return count
