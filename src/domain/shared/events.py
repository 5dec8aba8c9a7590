"""What every event is: something that happened to one thing, at one instant."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact about the past. `type` is its public name; `at` is UTC."""

    type: ClassVar[str]

    at: datetime
