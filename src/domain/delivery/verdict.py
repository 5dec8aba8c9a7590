"""What an answer means for a delivery, and for whom it went to."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from domain.delivery.schedule import pause_after

GONE: Final = 410
"""Who answers so wants nothing any more (RFC 9110, section 15.5.11): its endpoint is disabled."""


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Tried as often as anything is tried."""
    DROPPED = "dropped"
    """Nobody to send it to: the endpoint was disabled, the customer erased, or mail switched off."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`pause`: how long until it is tried again, where it still is `pending`. `gone`: nothing more goes there."""

    state: DeliveryState
    pause: timedelta | None = None
    gone: bool = False


NOBODY: Final = Verdict(DeliveryState.DROPPED)
"""There is nobody to be told any more."""


def verdict(status: int | None, *, made: int, chance: float) -> Verdict:
    """Judge the attempt that was the `made`th (1 …). `status`: what was answered, None where nothing was."""
    if status is not None and 200 <= status < 300:
        return Verdict(DeliveryState.DELIVERED)
    if status == GONE:
        return Verdict(DeliveryState.FAILED, gone=True)
    pause = pause_after(made, chance)
    return Verdict(DeliveryState.FAILED) if pause is None else Verdict(DeliveryState.PENDING, pause)
