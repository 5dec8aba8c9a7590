"""E-mail addresses: kept as they were written, compared without regard to case or composition."""

from domain.shared.caseless import caseless


def same_mailbox(email: str) -> str:
    """Return the form by which two spellings of one address are equal."""
    return caseless(email)
