"""Text as it is compared: without regard to case or composition."""

import unicodedata


def caseless(text: str) -> str:
    """Return the form by which two spellings of one text are equal (Unicode 3.13, D145: canonical caseless)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
