"""What a new password must be: long rather than odd, and none of those that everybody tries first.

The source is NIST SP 800-63B: section 3.1.1.2 of its revision 4 (section 5.1.1.2 of revision 3). At least 15 characters
where the password is all there is; no rules of composition; characters are code points after normalization; what is
commonly used, expected or compromised is refused, dictionary words, repetitions and sequences among it.

The words are of our own making: 15 characters keep most lists of known passwords out anyway, and what is left of them
is made of these words, of rows of keys, of repetitions and of years.
"""

import unicodedata
from dataclasses import dataclass, field
from typing import Final

from domain.identity.common_passwords import is_common

SHORTEST: Final = 15
LONGEST: Final = 128
"""Characters, after NFC: two spellings of one password are equally long."""

SHRINK: Final = 4
"""So many code points, at most, become one by NFC: what is longer than that is too long without a look at it."""


class UnfitPassword(ValueError):
    """This cannot be a password; `code` tells machines why, the message tells people; neither repeats it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password that somebody chose, as he wrote it. There is none that is unfit. Raises: UnfitPassword."""

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST * SHRINK:
            raise _too_long()
        characters = len(unicodedata.normalize("NFC", self.text))
        if characters < SHORTEST:
            raise UnfitPassword("too-short", f"A password has at least {SHORTEST} characters.")
        if characters > LONGEST:
            raise _too_long()
        if is_common(self.text):
            raise UnfitPassword(
                "common", "This password is too easy to guess: take a few words that do not belong together."
            )


def _too_long() -> UnfitPassword:
    return UnfitPassword("too-long", f"A password has at most {LONGEST} characters.")
