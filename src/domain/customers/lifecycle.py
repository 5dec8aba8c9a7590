"""The lifecycle of a customer."""

from enum import StrEnum
from typing import Final

from domain.shared.machine import Machine


class Status(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ERASED = "erased"


class Action(StrEnum):
    SUSPEND = "suspend"
    REACTIVATE = "reactivate"
    ERASE = "erase"


LIFECYCLE: Final = Machine(
    name="customer",
    initial=Status.ACTIVE,
    table={
        (Status.ACTIVE, Action.SUSPEND): Status.SUSPENDED,  # no new orders; those that stand go on
        (Status.SUSPENDED, Action.REACTIVATE): Status.ACTIVE,  # welcome back
        (Status.ACTIVE, Action.ERASE): Status.ERASED,  # nothing personal stays; orders and sums do
        (Status.SUSPENDED, Action.ERASE): Status.ERASED,  # the same
    },
)
