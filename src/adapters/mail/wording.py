"""What each mail says: a subject and paragraphs. A paragraph that speaks of something unknown is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Final

LINES: Final = "$$lines"
"""Stands for the lines of the order and its total."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Both parts of a mail are made of it: the words are the same, so they stand here once."""

    subject: Template
    paragraphs: tuple[Template, ...]

    @classmethod
    def of(cls, subject: str, *paragraphs: str) -> "Wording":
        return cls(Template(subject), (Template("Hello $name,"), *map(Template, paragraphs), Template("$shop")))


WORDINGS: Final[Mapping[str, Wording]] = {
    "order.placed": Wording.of(
        "Your order $number at $shop",
        "thank you for your order $number. It is reserved for you until $expires (UTC); confirm it by then.",
        LINES,
        "It will go to: $address",
    ),
    "order.confirmed": Wording.of(
        "Order $number is confirmed",
        "your order $number is confirmed. We tell you as soon as it is on its way.",
        LINES,
        "It will go to: $address",
    ),
    "order.shipped": Wording.of(
        "Order $number is on its way",
        "your order $number is on its way.",
        "In this parcel: $parcel",
        "Carrier: $carrier",
        "Tracking number: $tracking",
        "It goes to: $address",
    ),
    "order.cancelled": Wording.of(
        "Order $number is cancelled",
        "your order $number is cancelled.",
        "The reason: $reason",
        LINES,
        "What was held of your money is free again; what was taken, comes back to you.",
    ),
    "order.expired": Wording.of(
        "Order $number has expired",
        "your order $number was not confirmed in time, so it is cancelled. Nothing was charged.",
        LINES,
    ),
    "payment.refunded": Wording.of(
        "Refund for order $number",
        "$refunded of your order $number is on its way back to you.",
        "Refunded so far: $refunded_so_far of $total",
    ),
}
"""By the type of the event."""
