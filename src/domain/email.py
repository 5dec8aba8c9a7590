"""E-mail addresses: kept as they were written, compared without regard to case or composition."""

import unicodedata


def same_mailbox(email: str) -> str:
    """Return the form by which two spellings of one address are equal (Unicode 3.13, D145: canonical caseless)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", email).casefold())
