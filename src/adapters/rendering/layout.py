"""Expressions laid out as `ruff format` leaves them: on one line where they fit, else one element a line with a comma
behind the last, which the formatter keeps.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 120

_ESCAPES: Final = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class Call:
    """Something with brackets behind it: `head(…)`, `head[…]`, `head{…}`."""

    head: str
    elements: tuple["Code", ...]
    brackets: str = "()"


Code = str | Call


def flat(code: Code) -> str:
    """Return the expression on one line."""
    if isinstance(code, str):
        return code
    return f"{code.head}{code.brackets[0]}{', '.join(map(flat, code.elements))}{code.brackets[1]}"


def laid(code: Code, *, indent: int = 0, before: str = "", behind: str = "") -> Iterator[str]:
    """Yield the lines of an expression with something before it and behind it."""
    line = f"{' ' * indent}{before}{flat(code)}{behind}"
    if len(line) <= WIDTH or isinstance(code, str) or not code.elements:
        yield line
        return
    yield f"{' ' * indent}{before}{code.head}{code.brackets[0]}"
    for element in code.elements:
        name, sign, value = ("", "", element)
        yield from laid(value, indent=indent + 4, before=f"{name}{sign}", behind=",")
    yield f"{' ' * indent}{code.brackets[1]}{behind}"


def quoted(text: str) -> str:
    """Return the text as a literal, in the quotes that need fewer escapes (the formatter's choice)."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_escaped(letter, quote) for letter in text) + quote


def _escaped(letter: str, quote: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter == quote:
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
