"""The lifecycle of a customer."""

from enum import StrEnum
from typing import Final

from domain.shared.machine import Machine


class Status(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Action(StrEnum):
    SUSPEND = "suspend"
    REACTIVATE = "reactivate"


LIFECYCLE: Final = Machine(
    name="customer",
    initial=Status.ACTIVE,
    table={
        (Status.ACTIVE, Action.SUSPEND): Status.SUSPENDED,  # no new orders; those that stand go on
        (Status.SUSPENDED, Action.REACTIVATE): Status.ACTIVE,  # welcome back
    },
)
