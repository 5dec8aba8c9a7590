"""How often a test tries: a little by default, in full when `ORDERWRIGHT_THOROUGH=1` (`pytest --thorough`)."""

import os


def trials(full: int, default: int | None = None) -> int:
    """Return `full` in a thorough run, else `default` (without one, a fiftieth of `full`, but at least 5)."""
    if os.environ.get("ORDERWRIGHT_THOROUGH") == "1":
        return full
    return max(full // 50, 5) if default is None else default
