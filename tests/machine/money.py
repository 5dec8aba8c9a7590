"""What should become of the money of an order: a table of how payment methods behave, and arithmetic of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple


class Mode(NamedTuple):
    """How a gateway treats a payment method: whether the first request of each kind goes unanswered, and with which
    action of the order it is declined.
    """

    silent: bool = False
    declines: str = ""


MODES: Final[Mapping[str, Mode]] = {
    "pm_ok": Mode(),
    "pm_duplicate_notification": Mode(),
    "pm_decline": Mode(declines="confirm"),
    "pm_decline_capture": Mode(declines="ship"),
    "pm_timeout_charged": Mode(silent=True),
    "pm_timeout_not_charged": Mode(silent=True),
    "pm_error_charged": Mode(silent=True),
    "pm_late": Mode(silent=True),
}

LEASE: Final = 15
"""Seconds for which whoever began to pay is left alone."""


class Movement(NamedTuple):
    """Money that moves: what the gateway is asked to do, and with how much, in cents."""

    verb: str
    amount: int


class Awaited(NamedTuple):
    """An action of an order that the gateway has been asked for, and what it is done with."""

    verb: str
    how: dict[str, Any]
    movement: Movement


@dataclass
class Purse:
    """A payment."""

    method: str
    status: str = "authorizing"
    authorized: int = 0
    captured: int = 0
    refunded: int = 0
    code: str | None = None

    @property
    def shown(self) -> dict[str, Any]:
        """As on the wire, but for its id."""
        return {
            "status": self.status,
            "paymentMethod": self.method,
            "authorized": self.authorized,
            "captured": self.captured,
            "refunded": self.refunded,
            "declineCode": self.code,
        }

    @property
    def standing(self) -> str:
        """What it means for its order."""
        if self.status == "declined":
            return "none"
        if self.status in ("captured", "refunding") and self.refunded:
            return "partially-refunded"
        return {"voiding": "authorized", "refunding": "captured"}.get(self.status, self.status)

    def began(self, verb: str) -> None:
        self.status = {"authorize": "authorizing", "capture": "capturing", "void": "voiding", "refund": "refunding"}[
            verb
        ]

    def moved(self, movement: Movement) -> None:
        self.code = None
        match movement.verb:
            case "authorize":
                self.authorized, self.status = movement.amount, "authorized"
            case "capture":
                self.captured, self.status = movement.amount, "captured"
            case "void":
                self.status = "voided"
            case "refund":
                self.refunded += movement.amount
                self.status = "refunded" if self.refunded == self.captured else "captured"

    def declined(self, verb: str) -> None:
        self.code, self.status = "card_declined", {"authorize": "declined", "capture": "authorized"}[verb]
