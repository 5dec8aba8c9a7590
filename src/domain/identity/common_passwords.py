"""Passwords that are tried first: those made of nothing but common words, rows of keys, repetitions, years, padding.

A text is covered from left to right by pieces; whatever is covered wholly is common. One piece that is nobody's
favourite saves it: `correct horse battery` is no such text, `Password-Password-2024` is.
"""

import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

_WORDS: Final = """
    a aaron abc abcd access account admin administrator adobe alex alexander amanda andrea andrew angel angels anthony
    apple arsenal asdf ashley austin autumn baby babygirl bailey banana barcelona baseball basketball batman beautiful
    blink boss buster butterfly carlos change changeme changeit charlie cheese chelsea chocolate chris christian coffee
    company computer cookie correcthorsebatterystaple daniel database david default demo diamond dragon eagle eagles
    elizabeth email enter eternity everyone family flower flowers football forever forgot freedom friend friends fuck
    fuckyou gandalf ginger god golden google guest guitar hannah happy harley harrypotter heaven hello hellothere help
    hockey home hottie house hunter i iam iamthe iloveu iloveyou in internet is it jackson jasmine jennifer jessica
    jesus john jordan joseph joshua july june justin killer king lakers letme letmein linkedin lion liverpool login
    lol london love loveme lovely lover loveyou lucky maggie manchester manager market master matrix matthew me
    mercedes merlin metallica michael michelle mickey minecraft money monkey monster morgan mother mustang my mypassword
    naruto nature ncc new nicole nintendo ninja nothing ok olivia one open oracle orange order orders orderwright
    pass passcode passphrase passw passwd password passwords patrick peanut pepper phoenix pokemon police power prince
    princess private public purple qaz qazwsx qwe qwer qwert qwerty rabbit rachel ranger rangers real robert rock
    rockyou root samantha samsung sarah secret secure security september server service shadow shop silver simple
    single snoopy soccer sophie spiderman spring star stars starwars steelers stella store strong student summer
    sunflower sunshine super superman superstar supersecret support sweet sweety system taylor temp temporary test
    tester testing tester testtest thanks the theone this thomas three tigger tiger tinkerbell today trustno trustnoone
    trustme two unknown user username victoria wallpaper warcraft welcome welcometo whatever william windows winner
    winter wizard wordpass work world wow wsx xxx yankees yellow yes you your zaq zxc zxcvb
    january february march april may august october november december monday tuesday wednesday thursday friday saturday
    sunday whenyouwishuponastar thequickbrownfox thequickbrownfoxjumpsoverthelazydog maytheforcebewithyou
    openthepodbaydoors tobeornottobe opensesame
"""

_LEET: Final = {
    "a": "a4@",
    "b": "b8",
    "e": "e3",
    "g": "g9",
    "i": "i1!",
    "l": "l1!",
    "o": "o0",
    "s": "s5$",
    "t": "t7",
    "z": "z2",
}
"""What is written for a letter."""

_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
)
"""What fingers run along: alphabets and rows of keyboards."""

_SHORTEST_RUN: Final = 3
_LONGEST_UNIT: Final = 8
"""Characters of what is repeated."""

_REPEATED: Final = 3
"""So often, at least."""

_PADDING_BEFORE: Final = 4
_PADDING_AFTER: Final = 8
"""Digits that are thrown in at either end."""

_CENTURIES: Final = ("19", "20")


def is_common(text: str) -> bool:
    """Say whether people who guess passwords would come to this one soon. Costs milliseconds for 128 characters."""
    plain = _plain(text)
    return _covered("".join(filter(str.isalnum, plain))) or _covered(
        "".join(character for character in plain if character.isalnum() or character in _SIGNS)
    )


def _plain(text: str) -> str:
    """Return the text without case, accents and other forms of the same letters."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _covered(text: str) -> bool:
    """Say whether pieces cover the text without a gap; `reached` are the places where one can end."""
    reached = [True] + [False] * len(text)
    for start in range(len(text)):
        if reached[start]:
            for size in _pieces(text, start):
                reached[start + size] = True
    return reached[-1]


def _pieces(text: str, start: int) -> Iterator[int]:
    """Yield the sizes of all pieces that begin here."""
    yield from _words(text, start)
    yield from _runs(text, start)
    yield from _repetitions(text, start)
    yield from _digits(text, start)
    if text[start] in _SIGNS:
        yield 1


def _words(text: str, start: int) -> Iterator[int]:
    for word in _BEGINNINGS.get(text[start], ()):
        end = start + len(word)
        if end <= len(text) and all(
            found in _LEET.get(letter, letter) for letter, found in zip(word, text[start:end], strict=True)
        ):
            yield len(word)


def _runs(text: str, start: int) -> Iterator[int]:
    """Characters of which each stands beside the one before it, in one row and one direction."""
    for neighbours in _NEIGHBOURS:
        size = 1
        while start + size < len(text) and (text[start + size - 1], text[start + size]) in neighbours:
            size += 1
            if size >= _SHORTEST_RUN:
                yield size


def _repetitions(text: str, start: int) -> Iterator[int]:
    for unit in range(1, _LONGEST_UNIT + 1):
        size = unit
        while start + size < len(text) and text[start + size] == text[start + size - unit]:
            size += 1
            if size >= unit * _REPEATED:
                yield size


def _digits(text: str, start: int) -> Iterator[int]:
    """A year anywhere, a few digits at either end."""
    digits = 0
    while start + digits < len(text) and text[start + digits].isdecimal() and digits < _PADDING_AFTER:
        digits += 1
    if digits >= 4 and text.startswith(_CENTURIES, start):
        yield 4
    if start == 0:
        yield from range(1, min(digits, _PADDING_BEFORE) + 1)
    if digits and start + digits == len(text):
        yield digits


def _beginnings() -> dict[str, list[str]]:
    """Return the words by everything that they can begin with."""
    by_character: dict[str, list[str]] = {}
    for word in sorted(set(_WORDS.split())):
        for character in _LEET.get(word[0], word[0]):
            by_character.setdefault(character, []).append(word)
    return by_character


_BEGINNINGS: Final = _beginnings()

_NEIGHBOURS: Final = tuple(frozenset(pairwise(row[::step])) for row in _ROWS for step in (1, -1))

_SIGNS: Final = frozenset(sign for written in _LEET.values() for sign in written if not sign.isalnum())
"""Signs that stand for letters, and else for nothing."""
