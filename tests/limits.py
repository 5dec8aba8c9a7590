"""Settings for tests that are about something else: limits out of the way, but in the path; money that nobody has."""

from typing import Final

SIMULATED: Final = {"ORDERWRIGHT_PAYMENTS": "simulated"}

WEBHOOK_SECRET: Final = "whsec_of_the_tests"

RAISED: Final = (
    SIMULATED
    | {"ORDERWRIGHT_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET}
    | {"ORDERWRIGHT_METRICS_FROM": "anywhere"}
    | {
        f"ORDERWRIGHT_LIMIT_{name}": "1000000/hour"
        for name in ("LOGIN_PER_ACCOUNT", "LOGIN_PER_ADDRESS", "SIGNUP_PER_ADDRESS", "PER_PRINCIPAL")
    }
)
