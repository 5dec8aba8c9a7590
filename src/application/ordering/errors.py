"""What may come between an order and its money, and is no refusal."""

from application.shared.errors import Interrupted


class PaymentOutcomeUnknown(Interrupted):
    """The gateway was asked, and nobody knows yet what it did. Whoever asks again with the same key will be told."""

    def __str__(self) -> str:
        return "The payment gateway did not say what it did. Ask again with the same key."


class NoticeForged(Exception):
    """What is said of a payment is not signed by who could know, or was signed too long ago."""
