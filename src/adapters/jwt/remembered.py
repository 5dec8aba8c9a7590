"""Tokens whose signature was found good. The memory ends with the keys: what a removed key signed is not remembered."""

from collections import OrderedDict
from typing import Final

from adapters.jwt.keys import SigningKeys
from application.identity.ports import Bearer

MOST: Final = 4096
"""Tokens that are remembered; the oldest goes first."""

Found = tuple[Bearer, int]
"""Who bears it, and when it expires, in seconds since 1970."""


class Remembered:
    """Verified tokens, of one set of keys at a time."""

    def __init__(self) -> None:
        self._memory: tuple[SigningKeys | None, OrderedDict[str, Found]] = (None, OrderedDict())

    def under(self, keys: SigningKeys) -> OrderedDict[str, Found]:
        """Return what was found good under exactly these keys."""
        remembered_keys, tokens = self._memory
        if remembered_keys is not keys:
            tokens = OrderedDict()
            self._memory = (keys, tokens)  # one assignment: keys and tokens never belong to different sets
        return tokens

    def remember(self, keys: SigningKeys, token: str, found: Found) -> None:
        tokens = self.under(keys)
        tokens[token] = found
        if len(tokens) > MOST:
            tokens.popitem(last=False)
