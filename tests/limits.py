"""Limits for tests that are about something else: out of the way, but in the path."""

from typing import Final

RAISED: Final = {
    f"ORDERWRIGHT_LIMIT_{name}": "1000000/hour"
    for name in ("LOGIN_PER_ACCOUNT", "LOGIN_PER_ADDRESS", "SIGNUP_PER_ADDRESS", "PER_PRINCIPAL")
}
