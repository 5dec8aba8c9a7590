"""What a client prefers (RFC 7240): of all preferences this service knows one, `dry-run`.

Others may be overlooked (section 2), so they are. A rehearsal may not: a client that wishes for one must not find that
it was the performance. So where `dry-run` stands as anything but the plain preference, the header is invalid.
"""

import re
from typing import Final

DRY_RUN: Final = "dry-run"

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"  # noqa: S105 - RFC 9110, section 5.6.2
_QUOTED: Final = r'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*+"'
_PAIR: Final = rf"{_TOKEN}(?:[ \t]*+=[ \t]*+(?:{_TOKEN}|{_QUOTED})?+)?+"
_PREFERENCE: Final = re.compile(
    rf"[ \t]*+(?:({_PAIR})((?:[ \t]*+;[ \t]*+(?:{_PAIR})?+)*+)[ \t]*+)?+(?:,|\Z)",
)
"""One of the list, and its parameters; or nothing, which a list may hold (RFC 9110, section 5.6.1). Nothing is tried in
two ways (`++`), so that the longest header takes no longer than it is."""

_WHOLE: Final = re.compile(rf"{re.escape(DRY_RUN)}(?:[ \t]*=[ \t]*(?:\"\")?)?", re.IGNORECASE)
"""An empty value is no value (RFC 7240, section 2)."""


class Unclear(ValueError):
    """The header says `dry-run`, but not as a preference."""


def prefers_dry_run(prefer: bytes) -> bool:
    """Return whether a rehearsal is asked for. Raises: Unclear."""
    said = prefer.decode("latin-1")
    if DRY_RUN not in said.lower():
        return False
    place, asked = 0, False
    while place < len(said):
        one = _PREFERENCE.match(said, place)
        if one is None:
            raise Unclear
        asked = _asks(one[1] or "", one[2] or "") or asked
        place = one.end()
    return asked


def _asks(preference: str, parameters: str) -> bool:
    if _WHOLE.fullmatch(preference) and not parameters.strip("; \t"):
        return True
    if DRY_RUN in _names(f"{preference};{parameters}"):
        raise Unclear
    return False


def _names(pairs: str) -> set[str]:
    """Return the names of a preference and its parameters, without any value."""
    return {name.lower() for name in re.findall(_TOKEN, re.sub(rf"=[ \t]*+(?:{_TOKEN}|{_QUOTED})?+", "", pairs))}
