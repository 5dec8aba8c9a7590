"""What comes from the machine itself: the time, ids, randomness."""

from adapters.system.clock import SystemClock
from adapters.system.ids import new_id
from adapters.system.numbers import new_number

__all__ = ["SystemClock", "new_id", "new_number"]
