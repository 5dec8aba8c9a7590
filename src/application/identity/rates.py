"""How often something may happen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final, Self

from application.identity.ports import Limit
from domain.identity.errors import RateLimitExceeded

WINDOWS: Final[Mapping[str, int]] = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
"""Seconds."""

_WRITTEN: Final = re.compile(rf"([1-9][0-9]{{0,8}})/({'|'.join(WINDOWS)})")


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `limit` times in `window` seconds; the window begins with what is counted first."""

    limit: int
    window: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `10/minute`. Raises: ValueError."""
        written = _WRITTEN.fullmatch(text)
        if not written:
            raise ValueError(f"expected a number from 1 and one of {', '.join(WINDOWS)}, such as 10/minute")
        return cls(int(written[1]), WINDOWS[written[2]])

    def exceeded(self, policy: str, wait: float) -> RateLimitExceeded:
        """Return the refusal of who must `wait` so many seconds, rounded up."""
        return RateLimitExceeded(policy=policy, limit=self.limit, window=self.window, retry_after=max(1, ceil(wait)))


Rates = Mapping[Limit, Rate]

HOUSE_RATES: Final[Mapping[Limit, str]] = {
    Limit.LOGIN_PER_ACCOUNT: "10/minute",
    Limit.LOGIN_PER_ADDRESS: "60/minute",
    Limit.SIGNUP_PER_ADDRESS: "20/hour",
}
"""What holds where nobody says otherwise."""
